import { createHmac, timingSafeEqual } from 'node:crypto';
import { secret, siteUrl } from '../environment.ts';
import { Refused } from './refused.ts';

/** What a link in a mail lets its reader do, once. */
export type Purpose = 'invitation' | 'password-reset';

/**
 * A link that only who gets the mail can have, and that ends. It is made of the row's id, when it ends, and a signature of both: nothing
 * secret is in the database, nor in a task's message, and each try of the task makes the same one.
 */
export function linkTo(purpose: Purpose, id: number, expiresAt: string): string {
  return new URL(`/${purpose}s/${tokenOf(purpose, id, expiresAt)}`, siteUrl()).href;
}

/** The row's id that a token speaks of. @throws Refused for one that we never gave, and one that has ended */
export function readToken(
  purpose: Purpose,
  token: string,
): { readonly id: number; readonly expiresAt: string } {
  const [id = '', ms = ''] = token.split('.');
  const expires = new Date(Number(ms));
  const known = /^\d{1,15}$/.test(id) && /^\d{1,15}$/.test(ms) && !Number.isNaN(expires.getTime());
  const expiresAt = known ? expires.toISOString() : '';
  if (!known || !same(token, tokenOf(purpose, Number(id), expiresAt)))
    throw new Refused(404, 'there is no such link');
  if (expires.getTime() <= Date.now()) throw new Refused(410, 'this link has ended: ask for another');
  return { id: Number(id), expiresAt };
}

function tokenOf(purpose: Purpose, id: number, expiresAt: string): string {
  const what = `${id}.${new Date(expiresAt).getTime()}`;
  return `${what}.${createHmac('sha256', secret()).update(`${purpose}.${what}`).digest('base64url')}`;
}

const same = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
