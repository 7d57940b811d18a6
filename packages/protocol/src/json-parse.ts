import { DecodeError } from '@lovage/contracts';

/** Deeper than any workflow nests, and shallow enough for every recursion over the value. */
export const MAX_DEPTH = 512;

/** As many digits as Python's own `int()` takes from text. */
const MAX_DIGITS = 4300;

/** Some number may be an integer past 2^53: sixteen digits in a row that are no fraction. */
const LONG_INTEGER = /(?:^|[^.\d])\d{16}/;

/**
 * JSON as Python writes it: integers past 2^53 become bigint, the bare literals NaN, Infinity and -Infinity are numbers.
 * Objects of any key are plain own properties (`__proto__` too), so nothing read can reach a prototype.
 * @throws DecodeError
 */
export function parseJson(text: string): unknown {
  const value = LONG_INTEGER.test(text) ? parseWith(text, reviveLongInteger) : parseFast(text);
  if (mayBeDeep(text) && !isWithin(value, MAX_DEPTH)) {
    throw new DecodeError(`JSON nested deeper than ${MAX_DEPTH} levels`);
  }
  return value;
}

function parseFast(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hidden = hideLiterals(text);
    if (hidden === undefined) throw notJson(error);
    return parseHidden(hidden, undefined);
  }
}

function parseWith(text: string, revive: NumberReviver): unknown {
  const hidden = hideLiterals(text);
  if (hidden !== undefined) return parseHidden(hidden, revive);
  try {
    return JSON.parse(text, (_key, value, context?: { readonly source?: string }) =>
      typeof value === 'number' ? revive(value, context?.source ?? '') : value,
    );
  } catch (error) {
    throw error instanceof DecodeError ? error : notJson(error);
  }
}

function parseHidden(hidden: HiddenLiterals, revive: NumberReviver | undefined): unknown {
  try {
    return JSON.parse(hidden.text, (_key, value, context?: { readonly source?: string }) => {
      if (typeof value !== 'number') return value;
      const source = context?.source ?? '';
      if (source === hidden.nan) return Number.NaN;
      return revive === undefined ? value : revive(value, source);
    });
  } catch (error) {
    throw error instanceof DecodeError ? error : notJson(error);
  }
}

/** Makes the value of a number from its text. */
export type NumberReviver = (value: number, source: string) => unknown;

function reviveLongInteger(value: number, source: string): number | bigint {
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return value;
  if (source.length > MAX_DIGITS) throw new DecodeError(`an integer of ${source.length} digits`);
  return BigInt(source);
}

/** JSON whose bare literals are written as numbers that occur nowhere else in it. */
export interface HiddenLiterals {
  readonly text: string;
  /** The number that stands for NaN. */
  readonly nan: string;
  /** A text made from this one, with the literals back in it. */
  restore(text: string): string;
}

/**
 * Python's bare literals NaN, Infinity and -Infinity, outside strings, replaced by numbers that are valid JSON.
 * Undefined when there are none.
 */
export function hideLiterals(text: string): HiddenLiterals | undefined {
  if (!text.includes('NaN') && !text.includes('Infinity')) return undefined;
  const nan = absentNumber(text, '0e7');
  const infinity = absentNumber(text, '1e999');
  let result = '';
  let changed = false;
  for (let from = 0; from < text.length; ) {
    const quote = text.indexOf('"', from);
    const plain = text.slice(from, quote === -1 ? text.length : quote);
    const replaced = plain.replace(/\bNaN\b/g, nan).replace(/\bInfinity\b/g, infinity);
    changed ||= replaced !== plain;
    const end = quote === -1 ? text.length : stringEnd(text, quote);
    result += replaced;
    if (quote !== -1) result += text.slice(quote, end);
    from = end;
  }
  if (!changed) return undefined;
  return {
    text: result,
    nan,
    restore: (later) => later.replaceAll(nan, 'NaN').replaceAll(infinity, 'Infinity'),
  };
}

/** The index after the closing quote of the string that opens at `quote`. */
function stringEnd(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
  }
  return text.length;
}

/** `stem` with digits appended until the text does not hold it. */
function absentNumber(text: string, stem: string): string {
  let number = stem;
  while (text.includes(number)) number += '7';
  return number;
}

/** Fewer opening brackets than the limit cannot nest deeper than it. */
function mayBeDeep(text: string): boolean {
  if (text.length < 2 * MAX_DEPTH) return false;
  return countUpTo(text, '[', MAX_DEPTH) + countUpTo(text, '{', MAX_DEPTH) > MAX_DEPTH;
}

function countUpTo(text: string, what: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(what); at !== -1 && count <= most; at = text.indexOf(what, at + 1)) count++;
  return count;
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const item of Object.values(value)) if (!isWithin(item, levels - 1)) return false;
  return true;
}

function notJson(error: unknown): DecodeError {
  return new DecodeError(`not JSON: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
