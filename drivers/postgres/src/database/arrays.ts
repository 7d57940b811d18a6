/*
 * Arrays of many rows' columns, in the binary form of PostgreSQL: nothing to escape, and nothing to parse there.
 * Layout: dimensions, flags, type; length and lower bound of the dimension; each element behind its length.
 */

const OID = { bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, tid: 27, uuid: 2950, bool: 16 } as const;
const HEADER = 20;
const NULL = -1;
const DASH = 45;
const NINE = 57;
/** Characters up to which a text is written by hand. */
const SHORT = 16;

export function int8Array(values: readonly (number | null)[]): Buffer {
  return fixed(OID.int8, values, 8, putInt8);
}

export function int4Array(values: readonly (number | null)[]): Buffer {
  return fixed(OID.int4, values, 4, put32);
}

export function int2Array(values: readonly (number | null)[]): Buffer {
  return fixed(OID.int2, values, 2, put16);
}

export function boolArray(values: readonly boolean[]): Buffer {
  return fixed(OID.bool, values, 1, putBool);
}

/** Of texts like `cc5581c5-9a3f-452d-8628-6b3073e6ad49`. */
export function uuidArray(values: readonly string[]): Buffer {
  return fixed(OID.uuid, values, 16, putUuid);
}

/** Of places of rows like `(12,3)`: page and number. */
export function tidArray(values: readonly string[]): Buffer {
  return fixed(OID.tid, values, 6, putTid);
}

export function textArray(values: readonly (string | null)[]): Buffer {
  let size = HEADER;
  const lengths = new Array<number>(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    const length = value === null ? NULL : Buffer.byteLength(value);
    lengths[i] = length;
    size += 4 + Math.max(0, length);
  }
  const buffer = begin(OID.text, values.length, size);
  let at = HEADER;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    put32(buffer, lengths[i]!, at);
    at += 4;
    if (value === null) continue;
    // Letter by letter where it is short and of one byte each: to call into Node costs more.
    if (value.length <= SHORT && value.length === lengths[i]) putAscii(buffer, value, at);
    else buffer.write(value, at);
    at += lengths[i]!;
  }
  return buffer;
}

export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  let size = HEADER;
  for (const value of values) size += 4 + (value === null ? 0 : value.byteLength);
  const buffer = begin(OID.bytea, values.length, size);
  let at = HEADER;
  for (const value of values) {
    put32(buffer, value === null ? NULL : value.byteLength, at);
    if (value !== null) buffer.set(value, at + 4);
    at += 4 + (value === null ? 0 : value.byteLength);
  }
  return buffer;
}

type Put<T> = (buffer: Buffer, value: T, at: number) => void;

function fixed<T>(oid: number, values: readonly (T | null)[], width: number, put: Put<T>): Buffer {
  let size = HEADER;
  for (let i = 0; i < values.length; i += 1) size += values[i] === null ? 4 : 4 + width;
  const buffer = begin(oid, values.length, size);
  let at = HEADER;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    put32(buffer, value === null ? NULL : width, at);
    at += 4;
    if (value === null) continue;
    put(buffer, value, at);
    at += width;
  }
  return buffer;
}

function begin(oid: number, length: number, size: number): Buffer {
  // An array without elements has no dimensions.
  const buffer = Buffer.allocUnsafe(length === 0 ? 12 : size);
  put32(buffer, length === 0 ? 0 : 1, 0);
  put32(buffer, 1, 4);
  put32(buffer, oid, 8);
  if (length === 0) return buffer;
  put32(buffer, length, 12);
  put32(buffer, 1, 16);
  return buffer;
}

/* By hand: a dozen of them for each task, and Node's own check their bounds, or make a BigInt of each. */

function put16(buffer: Buffer, value: number, at: number): void {
  buffer[at] = value >> 8;
  buffer[at + 1] = value;
}

function put32(buffer: Buffer, value: number, at: number): void {
  buffer[at] = value >> 24;
  buffer[at + 1] = value >> 16;
  buffer[at + 2] = value >> 8;
  buffer[at + 3] = value;
}

/** Of what a number counts exactly. */
function putInt8(buffer: Buffer, value: number, at: number): void {
  put32(buffer, Math.floor(value / 2 ** 32), at);
  put32(buffer, (value % 2 ** 32) | 0, at + 4);
}

function putBool(buffer: Buffer, value: boolean, at: number): void {
  buffer[at] = value ? 1 : 0;
}

function putTid(buffer: Buffer, value: string, at: number): void {
  const comma = value.indexOf(',');
  put32(buffer, Number(value.slice(1, comma)), at);
  put16(buffer, Number(value.slice(comma + 1, -1)), at + 4);
}

function putUuid(buffer: Buffer, value: string, at: number): void {
  let to = at;
  for (let i = 0; i < value.length; i += 2) {
    if (value.charCodeAt(i) === DASH) i += 1;
    buffer[to] = (digit(value.charCodeAt(i)) << 4) | digit(value.charCodeAt(i + 1));
    to += 1;
  }
}

/** Of a hexadecimal digit in small or capital letters. */
function digit(code: number): number {
  return code <= NINE ? code & 15 : (code & 7) + 9;
}

function putAscii(buffer: Buffer, value: string, at: number): void {
  for (let i = 0; i < value.length; i += 1) buffer[at + i] = value.charCodeAt(i);
}
