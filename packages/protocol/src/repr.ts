import { isUtf8 } from 'node:buffer';
import { isDate, isUint8Array } from 'node:util/types';
import { isPlainObject } from './plain.ts';

export interface SafereprOptions {
  /** Characters after which the rest is left out; what is open is closed, so the text may be a little longer. */
  readonly maxLength?: number;
}

/** Containers inside containers are shown this deep. */
const MAX_LEVELS = 3;

/**
 * A value as Python's `repr` would show it, for logs, events and monitors. Celery's `saferepr`.
 * Arrays are lists, objects dicts, `null` is `None`; a float that is whole shows as an integer, since it is one here.
 */
export function saferepr(
  value: unknown,
  { maxLength = Number.POSITIVE_INFINITY }: SafereprOptions = {},
): string {
  return new Repr(maxLength).of(value, '[', ']');
}

/** Positional arguments, shown as the tuple that Python would have: `(2, 3)`, `(1,)`. */
export function argsRepr(args: readonly unknown[], maxLength: number): string {
  return new Repr(maxLength).of(args, '(', args.length === 1 ? ',)' : ')');
}

/** No characters are left, and the text says so. */
const EXHAUSTED = Number.NEGATIVE_INFINITY;

class Repr {
  #left: number;
  #text = '';
  /** Containers that are open, the outermost first. */
  readonly #open: object[] = [];

  constructor(maxLength: number) {
    this.#left = maxLength;
  }

  of(value: unknown, open: string, close: string): string {
    if (Array.isArray(value)) this.#sequence(value, value, open, close);
    else this.#value(value);
    return this.#text;
  }

  /** False once the limit is reached: the rest is left out, and what is open need only be closed. */
  #add(text: string): boolean {
    if (this.#left <= 0) {
      if (this.#left !== EXHAUSTED) this.#text += ', ...';
      this.#left = EXHAUSTED;
      return false;
    }
    this.#text += text;
    this.#left -= text.length;
    return true;
  }

  #value(value: unknown): boolean {
    if (typeof value === 'string') return this.#add(`'${cut(value, this.#left).replaceAll("'", "\\'")}'`);
    if (typeof value !== 'object' || value === null) return this.#add(cut(scalarRepr(value), this.#left));
    if (Array.isArray(value)) return this.#sequence(value, value, '[', ']');
    if (isPlainObject(value)) return this.#mapping(value, Object.entries(value));
    if (isUint8Array(value)) return this.#add(bytesRepr(value, this.#left));
    if (value instanceof Map) return this.#mapping(value, [...value]);
    if (value instanceof Set) {
      return value.size === 0 ? this.#add('set()') : this.#sequence(value, [...value], '{', '}');
    }
    return this.#add(cut(scalarRepr(value), this.#left));
  }

  #sequence(container: object, items: readonly unknown[], open: string, close: string): boolean {
    if (!this.#enter(container, open, close)) return this.#left !== EXHAUSTED;
    for (let index = 0; index < items.length; index++) {
      if (index > 0 && !this.#add(', ')) break;
      if (!this.#value(items[index])) break;
    }
    return this.#leave(close);
  }

  #mapping(container: object, entries: readonly (readonly [unknown, unknown])[]): boolean {
    if (!this.#enter(container, '{', '}')) return this.#left !== EXHAUSTED;
    for (let index = 0; index < entries.length; index++) {
      const [key, value] = entries[index]!;
      if (index > 0 && !this.#add(', ')) break;
      if (!(this.#value(key) && this.#add(': ') && this.#value(value))) break;
    }
    return this.#leave('}');
  }

  /** False when its inside is not to be shown: too deep, or inside itself, or no characters left. */
  #enter(container: object, open: string, close: string): boolean {
    if (this.#open.length >= MAX_LEVELS || this.#open.includes(container)) {
      this.#add(`${open}...${close}`);
      return false;
    }
    if (!this.#add(open)) return false;
    this.#open.push(container);
    return true;
  }

  #leave(close: string): boolean {
    this.#open.pop();
    if (this.#left !== EXHAUSTED) return this.#add(close);
    this.#text += close;
    return false;
  }
}

/** Celery's way: at a space where there is one, and never in the middle of a character. */
function cut(text: string, length: number): string {
  if (text.length < length) return text;
  const head = text.slice(0, length);
  const space = head.lastIndexOf(' ');
  const kept = space === -1 ? head : head.slice(0, space);
  return `${kept.isWellFormed() ? kept : kept.replace(/[\uD800-\uDBFF]$/, '')}...`;
}

/** As text where the bytes are UTF-8, as hex digits otherwise. */
function bytesRepr(bytes: Uint8Array, length: number): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, length));
  const text = shown.toString(isUtf8(shown) ? 'utf8' : 'hex');
  return `b'${text}${bytes.byteLength > length ? '...' : ''}'`;
}

function scalarRepr(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return numberRepr(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return String(value);
    case 'undefined':
      return 'None';
    case 'symbol':
      return String(value);
    case 'function':
      return `<function ${value.name || 'anonymous'}>`;
    default:
      break;
  }
  if (value === null) return 'None';
  if (isDate(value)) return dateRepr(value);
  if (value instanceof Error) return `${value.name}(${stringRepr(value.message)})`;
  return `<${(value as object).constructor?.name ?? 'object'} object>`;
}

/** A number as Python shows it: `1e-07`, `inf`, `nan`. */
export function numberRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '0';
  const size = Math.abs(value);
  if (Number.isInteger(value)) return size < 1e21 ? String(value) : exponent(value);
  return size < 1e-4 ? exponent(value) : String(value);
}

function exponent(value: number): string {
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function dateRepr(date: Date): string {
  if (Number.isNaN(date.getTime())) return '<invalid Date>';
  const parts = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds() * 1000,
  ];
  if (parts[6] === 0) parts.pop();
  if (parts.length === 6 && parts[5] === 0) parts.pop();
  return `datetime.datetime(${parts.join(', ')}, tzinfo=datetime.timezone.utc)`;
}

/** A string as Python's own `repr` shows it: in double quotes where it holds a single one, controls escaped. */
export function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let result = quote;
  for (const char of text) {
    if (char === '\\' || char === quote) result += `\\${char}`;
    else result += escapes[char] ?? (isPrintable(char) ? char : codeEscape(char.codePointAt(0)!));
  }
  return result + quote;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function isPrintable(char: string): boolean {
  return char === ' ' || !/[\p{C}\p{Z}]/u.test(char);
}

function codeEscape(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
