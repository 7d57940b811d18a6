import { DecodeError } from '@lovage/contracts';
import { parseJson } from '@lovage/protocol';

/** The members of a JSON object, each value as the text that it is written by. */
export type Members = ReadonlyMap<string, string>;

/**
 * Splits the text of a JSON object, of which only the outermost members are looked at: numbers keep their digits.
 * @throws DecodeError when it is no JSON object
 */
export function membersOf(text: string): Members {
  const members = new Map<string, string>();
  let at = skipBlanks(text, 0);
  if (text[at] !== '{') throw new DecodeError('no result document: not a JSON object');
  at = skipBlanks(text, at + 1);
  if (text[at] === '}') return members;
  for (;;) {
    const keyEnd = text[at] === '"' ? endOfString(text, at) : -1;
    const colon = keyEnd === -1 ? -1 : skipBlanks(text, keyEnd);
    if (colon === -1 || text[colon] !== ':') throw broken(at);
    const from = skipBlanks(text, colon + 1);
    const to = endOfValue(text, from);
    members.set(JSON.parse(text.slice(at, keyEnd)) as string, text.slice(from, to).trimEnd());
    if (text[to] === '}') return members;
    at = skipBlanks(text, to + 1);
  }
}

/** The text of a JSON object; members without a value are left out. */
export function objectText(members: Readonly<Record<string, string | null | undefined>>): string {
  const texts: string[] = [];
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined && value !== null) texts.push(`${JSON.stringify(name)}:${value}`);
  }
  return `{${texts.join(',')}}`;
}

/** The same text if it is JSON, undefined otherwise. */
export function jsonOr<T>(text: string | null, otherwise: T): string | T {
  if (text === null) return otherwise;
  try {
    parseJson(text);
    return text;
  } catch (error) {
    if (error instanceof DecodeError) return otherwise;
    throw error;
  }
}

/** A member that is a string, decoded; null for any other, and where there is none. */
export function stringIn(members: Members, name: string): string | null {
  const text = members.get(name);
  return text?.startsWith('"') ? (JSON.parse(text) as string) : null;
}

/**
 * Stands for a value that only Python can read. Whoever asks for it is told why: a typed value that nobody knows is
 * refused when it is read, and nothing else of the document gets lost.
 */
export const unreadable = (why: string): string =>
  objectText({ __type__: JSON.stringify(why), __value__: 'null' });

const BLANK = /[ \t\n\r]/;

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && BLANK.test(text[at]!)) at += 1;
  return at;
}

/** Behind its closing quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) throw broken(from);
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

const STRUCTURE = /["[\]{},]/g;

/** At the comma or brace that follows it. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    STRUCTURE.lastIndex = at;
    const found = STRUCTURE.exec(text);
    if (!found) throw broken(from);
    const [sign] = found;
    at = found.index + 1;
    if (sign === '"') at = endOfString(text, found.index);
    else if (sign === '[' || sign === '{') depth += 1;
    else if (depth === 0) {
      if (sign === ']') throw broken(found.index);
      return found.index;
    } else if (sign !== ',') depth -= 1;
  }
}

function broken(at: number): DecodeError {
  return new DecodeError(`no result document: broken JSON at character ${at}`);
}

/** The same without what a column of text cannot hold. */
export const textOf = (members: Members, name: string): string | null =>
  stringIn(members, name)?.replaceAll('\0', '\uFFFD') ?? null;

/** When it ended, with an offset: Celery leaves out that it means UTC. */
export function doneIn(members: Members): string | null {
  const done = stringIn(members, 'date_done');
  return done === null || /(Z|[+-]\d\d(:?\d\d)?)$/.test(done.slice(10)) ? done : `${done}+00:00`;
}
