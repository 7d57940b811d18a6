import { isUtf8 } from 'node:buffer';
import { DecodeError } from '@lovage/contracts';
import { isRecord, setOwn } from './plain.ts';
import { isoMicros, isoUtc, parseIso } from './times.ts';

/**
 * kombu's wrappers (5.3 and later) for values that JSON has no form for: `{"__type__": …, "__value__": …}`.
 *
 *   datetime        Date; the digits past the millisecond are lost, a time without offset counts as UTC
 *   date, time      string, ISO 8601
 *   decimal         string, all digits kept
 *   uuid            string, with hyphens
 *   bytes, base64   Uint8Array
 */
export interface TypedValue {
  readonly __type__: string;
  readonly __value__: unknown;
}

/** A Date as kombu 5.3 and later write a datetime. Throws RangeError for one that Python cannot hold. */
export function typedDate(date: Date): TypedValue {
  return { __type__: 'datetime', __value__: isoUtc(date.getTime()) };
}

/** A Date as kombu 5.2 writes a datetime. Throws RangeError for one that Python cannot hold. */
export function untypedDate(date: Date): string {
  return `${isoMicros(date.getTime())}Z`;
}

/** Bytes as kombu 5.3 and later write them: as text where they are UTF-8. */
export function typedBytes(bytes: Uint8Array): TypedValue {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer)
    ? { __type__: 'bytes', __value__: buffer.toString('utf8') }
    : { __type__: 'base64', __value__: buffer.toString('base64') };
}

/**
 * Replaces every wrapper inside a freshly parsed value by what it stands for, in place.
 * @throws DecodeError for a wrapper of an unknown type or with a damaged value, as kombu refuses it
 */
export function reviveTyped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'object') value[index] = reviveTyped(item);
    }
    return value;
  }
  const record = value as Record<string, unknown>;
  if (record['__type__'] !== undefined && isTypedValue(record)) return unwrap(record);
  for (const key in record) {
    const item = record[key];
    if (typeof item !== 'object') continue;
    const revived = reviveTyped(item);
    if (revived !== item) setOwn(record, key, revived);
  }
  return record;
}

/** Exactly the two keys, as kombu asks. */
export function isTypedValue(value: Record<string, unknown>): value is Record<string, unknown> & TypedValue {
  return (
    Object.hasOwn(value, '__type__') && Object.hasOwn(value, '__value__') && Object.keys(value).length === 2
  );
}

function unwrap({ __type__: type, __value__: value }: TypedValue): unknown {
  switch (type) {
    case 'datetime':
      return new Date(Math.floor(parseIso(text(type, value)) ?? damaged(type, value)));
    case 'date':
    case 'time':
    case 'decimal':
      return text(type, value);
    case 'uuid':
      return uuid(value);
    case 'bytes':
      return new Uint8Array(Buffer.from(text(type, value), 'utf8'));
    case 'base64':
      return new Uint8Array(Buffer.from(text(type, value), 'base64'));
    default:
      throw new DecodeError(`unknown __type__ ${JSON.stringify(type)} in JSON`);
  }
}

function uuid(value: unknown): string {
  const hex = isRecord(value) ? value['hex'] : undefined;
  const parts = /^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/.exec(text('uuid', hex).replaceAll('-', ''));
  return parts === null ? damaged('uuid', value) : parts.slice(1).join('-');
}

function text(type: string, value: unknown): string {
  return typeof value === 'string' ? value : damaged(type, value);
}

function damaged(type: string, value: unknown): never {
  throw new DecodeError(`the value of a typed ${type} in JSON is ${JSON.stringify(value)?.slice(0, 80)}`);
}
