import { isDate, isUint8Array } from 'node:util/types';
import { EncodeError, type PathPart } from './errors.ts';
import { MAX_DEPTH } from './json-parse.ts';
import { isPlainObject } from './plain.ts';
import { typedBytes, typedDate, untypedDate } from './typed-values.ts';

/**
 * How values that JSON has no form for are written: as kombu's wrappers since 5.3, as kombu 5.2 does
 * (a Date is text, bytes are refused), or not at all.
 */
export type ValueForm = 'typed' | 'plain' | 'none';

/**
 * JSON that Python reads as what was meant. bigint is written with all its digits, NaN and infinities as Python's bare literals,
 * dates and bytes in the given form, and objects with a `toJSON` as what it returns. A property that is undefined is left out.
 * @throws EncodeError naming the place of a value that has no such form: a Map, a function, a class instance, a cycle
 */
export function stringifyJson(value: unknown, form: ValueForm = 'typed'): string {
  if (isPlainJson(value)) return JSON.stringify(value);
  return write(value, { form, path: [], open: new Set() });
}

/** Whether `JSON.stringify` writes it as Python reads it, without help. */
export function isPlainJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!isPlainJson(value[index], depth + 1)) return false;
    }
    return true;
  }
  if (!isPlainObject(value)) return false;
  for (const key in value) {
    const item = value[key];
    if (item !== undefined && !isPlainJson(item, depth + 1)) return false;
  }
  return true;
}

interface Writing {
  readonly form: ValueForm;
  readonly path: PathPart[];
  /** Containers being written, to see a cycle. */
  readonly open: Set<object>;
}

function write(value: unknown, writing: Writing): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, writing);
    case 'undefined':
      throw refusal(writing, 'is undefined, which JSON cannot carry; leave it out or use null');
    default:
      throw refusal(writing, `is a ${typeof value}, which JSON cannot carry`);
  }
}

function writeObject(value: object, writing: Writing): string {
  if (isDate(value)) return writeDate(value, writing);
  if (isUint8Array(value)) {
    if (writing.form === 'typed') return JSON.stringify(typedBytes(value));
    throw refusal(writing, 'is bytes, which cannot stand here; encode them as text');
  }
  if (writing.open.has(value)) throw refusal(writing, 'contains itself; JSON cannot carry a cycle');
  if (writing.path.length > MAX_DEPTH) throw refusal(writing, `is nested deeper than ${MAX_DEPTH} levels`);
  writing.open.add(value);
  const text = writeContainer(value, writing);
  writing.open.delete(value);
  return text;
}

function writeContainer(value: object, writing: Writing): string {
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function')
    return write(toJSON.call(value, String(writing.path.at(-1) ?? '')), writing);
  if (Array.isArray(value)) {
    const items = Array.from(value, (item: unknown, index) => writeAt(index, item, writing));
    return `[${items.join(',')}]`;
  }
  if (!isPlainObject(value))
    throw refusal(writing, `is ${className(value)}, which JSON cannot carry; ${advice(value)}`);
  const members: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) members.push(`${JSON.stringify(key)}:${writeAt(key, item, writing)}`);
  }
  return `{${members.join(',')}}`;
}

function writeAt(part: PathPart, value: unknown, writing: Writing): string {
  writing.path.push(part);
  const text = write(value, writing);
  writing.path.pop();
  return text;
}

function writeDate(value: Date, writing: Writing): string {
  if (writing.form === 'none')
    throw refusal(writing, 'is a Date, which cannot stand here; use its toISOString()');
  try {
    return JSON.stringify(writing.form === 'typed' ? typedDate(value) : untypedDate(value));
  } catch (error) {
    if (error instanceof RangeError) {
      throw refusal(writing, 'is a Date that is invalid or outside the years 1 to 9999');
    }
    throw error;
  }
}

function className(value: object): string {
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? `a ${name}` : 'an instance of a class';
}

function advice(value: object): string {
  if (value instanceof Map) return 'pass a plain object or an array of pairs';
  if (value instanceof Set) return 'pass an array';
  if (value instanceof Promise) return 'await it first';
  if (value instanceof Error) return 'pass its message';
  return 'pass a plain object, or give the class a toJSON method';
}

function refusal(writing: Writing, problem: string): EncodeError {
  return new EncodeError([...writing.path], problem);
}
