/*
 * Arrays of many rows' columns, in the binary form of PostgreSQL: nothing to escape, and nothing to parse there.
 * Layout: dimensions, flags, type; length and lower bound of the dimension; each element behind its length.
 */

const OID = { bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, tid: 27, uuid: 2950, bool: 16 } as const;
const HEADER = 20;
const NULL = -1;

export function int8Array(values: readonly (number | null)[]): Buffer {
  return fixed(OID.int8, values, 8, (buffer, value, at) => void buffer.writeBigInt64BE(BigInt(value), at));
}

export function int4Array(values: readonly (number | null)[]): Buffer {
  return fixed(OID.int4, values, 4, (buffer, value, at) => void buffer.writeInt32BE(value, at));
}

export function int2Array(values: readonly (number | null)[]): Buffer {
  return fixed(OID.int2, values, 2, (buffer, value, at) => void buffer.writeInt16BE(value, at));
}

export function boolArray(values: readonly boolean[]): Buffer {
  return fixed(OID.bool, values, 1, (buffer, value, at) => void buffer.writeUInt8(Number(value), at));
}

/** Of texts like `cc5581c5-9a3f-452d-8628-6b3073e6ad49`. */
export function uuidArray(values: readonly string[]): Buffer {
  return fixed(OID.uuid, values, 16, (buffer, value, at) => {
    buffer.write(value.replaceAll('-', ''), at, 16, 'hex');
  });
}

/** Of places of rows like `(12,3)`: page and number. */
export function tidArray(values: readonly string[]): Buffer {
  return fixed(OID.tid, values, 6, (buffer, value, at) => {
    const comma = value.indexOf(',');
    buffer.writeUInt32BE(Number(value.slice(1, comma)), at);
    buffer.writeUInt16BE(Number(value.slice(comma + 1, -1)), at + 4);
  });
}

export function textArray(values: readonly (string | null)[]): Buffer {
  let size = HEADER;
  const lengths = values.map((value) => {
    const length = value === null ? NULL : Buffer.byteLength(value);
    size += 4 + Math.max(0, length);
    return length;
  });
  const buffer = begin(OID.text, values.length, size);
  let at = HEADER;
  for (const [i, value] of values.entries()) {
    at = buffer.writeInt32BE(lengths[i]!, at);
    if (value !== null) at += buffer.write(value, at);
  }
  return buffer;
}

export function byteaArray(values: readonly Uint8Array[]): Buffer {
  const size = values.reduce((sum, value) => sum + 4 + value.byteLength, HEADER);
  const buffer = begin(OID.bytea, values.length, size);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(value.byteLength, at);
    buffer.set(value, at);
    at += value.byteLength;
  }
  return buffer;
}

function fixed<T>(
  oid: number,
  values: readonly (T | null)[],
  width: number,
  write: (buffer: Buffer, value: T, at: number) => void,
): Buffer {
  const size = values.reduce((sum, value) => sum + 4 + (value === null ? 0 : width), HEADER);
  const buffer = begin(oid, values.length, size);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(value === null ? NULL : width, at);
    if (value === null) continue;
    write(buffer, value, at);
    at += width;
  }
  return buffer;
}

function begin(oid: number, length: number, size: number): Buffer {
  // An array without elements has no dimensions.
  const buffer = Buffer.allocUnsafe(length === 0 ? 12 : size);
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(oid, 8);
  if (length === 0) return buffer;
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}
