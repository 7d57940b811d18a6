import { DecodeError } from '@lovage/contracts';
import { hideLiterals } from './json-literals.ts';

/** Deeper than any workflow nests, and shallow enough for every recursion over the value. */
export const MAX_DEPTH = 512;

/** As many digits as Python's own `int()` takes from text. */
const MAX_DIGITS = 4300;

/**
 * JSON as Python writes it: integers past 2^53 become bigint, the bare literals NaN, Infinity and -Infinity are numbers.
 * Objects of any key are plain own properties (`__proto__` too), so nothing read can reach a prototype.
 * @throws DecodeError
 */
export function parseJson(text: string): unknown {
  const value = parseFast(text);
  if (value === undefined) return parseExact(text);
  return needsExact(value, 0) ? parseExact(text) : value;
}

/** Undefined when it is no JSON, or only JSON as Python has it. */
function parseFast(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether some number is one that may have lost digits. */
function needsExact(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return false;
  if (depth === MAX_DEPTH) throw new DecodeError(`JSON nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (needsExact(value[index], depth + 1)) return true;
    return false;
  }
  const record = value as Record<string, unknown>;
  for (const key in record) if (needsExact(record[key], depth + 1)) return true;
  return false;
}

/** Reads each number from its own text. Several times slower, so only where it must be. */
function parseExact(text: string): unknown {
  const hidden = hideLiterals(text);
  try {
    const value: unknown = JSON.parse(hidden?.text ?? text, (_key, value, context?: ReviverContext) => {
      if (typeof value !== 'number') return value;
      const source = context?.source ?? '';
      return source === hidden?.nan ? Number.NaN : exactNumber(value, source);
    });
    assertDepth(value, 0);
    return value;
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** What the reviver of `JSON.parse` is given beside the value, in Node 21 and later. */
export interface ReviverContext {
  /** The text that a primitive was read from. */
  readonly source?: string;
}

function exactNumber(value: number, source: string): number | bigint {
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return value;
  if (source.length > MAX_DIGITS) throw new DecodeError(`an integer of ${source.length} digits`);
  return BigInt(source);
}

function assertDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_DEPTH) throw new DecodeError(`JSON nested deeper than ${MAX_DEPTH} levels`);
  for (const item of Object.values(value)) assertDepth(item, depth + 1);
}
