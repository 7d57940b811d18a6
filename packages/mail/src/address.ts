import { InvalidMail } from './errors.ts';
import { checkHeader } from './header.ts';

/** Who a mail is from or for. */
export interface Mailbox {
  /** Empty where there is none. */
  readonly name: string;
  readonly address: string;
}

/** RFC 5321's longest path. */
const MAX_ADDRESS = 254;
// What HTML calls a valid e-mail address, and letters of any script (SMTPUTF8). Quoted local parts are not taken: they can hold a second @.
const ADDRESS =
  /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u;
const NAMED = /^(.*?)\s*<([^<>]*)>$/su;

/**
 * Reads `ann@example.com` or `Ann Quill <ann@example.com>`; a name may be in double quotes. One address, never a list.
 * @param where what it is, for the error: 'from_email', 'recipient_list[2]'
 * @throws InvalidMail for anything else
 */
export function readMailbox(text: unknown, where: string): Mailbox {
  if (typeof text !== 'string')
    throw new InvalidMail(`${where} is ${kindOf(text)}: it must be text, an address`);
  checkHeader(text, where);
  const [, name = '', address = text] = NAMED.exec(text.trim()) ?? [];
  const bare = address.trim();
  if (bare.length > MAX_ADDRESS || !ADDRESS.test(bare)) {
    throw new InvalidMail(
      `${where} is ${JSON.stringify(text.slice(0, 100))}: write one address, ann@example.com or Ann <ann@example.com>`,
    );
  }
  return { name: unquoted(name), address: bare };
}

const unquoted = (name: string): string => name.replace(/^"(.*)"$/s, '$1').replace(/\\(["\\])/g, '$1');

export const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : value === undefined
        ? 'missing'
        : `a ${typeof value}`;
