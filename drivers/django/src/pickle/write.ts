import { DecodeError } from '@lovage/contracts';

/** A value that Python makes by calling something of its own: only names that we write ourselves stand here. */
export class Call {
  readonly module: string;
  readonly name: string;
  readonly args: readonly Plain[];

  constructor(module: string, name: string, args: readonly Plain[]) {
    this.module = module;
    this.name = name;
    this.args = args;
  }
}

/** What JSON can say, with whole numbers of any size. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain }
  | Call;

/**
 * Pickles what JSON can say, as Python's `pickle` reads it (protocol 4, since Python 3.4). Whole numbers become int,
 * others float, objects dict, arrays list.
 */
export function pickle(value: unknown): Buffer {
  const parts: Buffer[] = [Buffer.from([0x80, 4])];
  write(value as Plain, parts);
  parts.push(STOP);
  return Buffer.concat(parts);
}

const op = (sign: string): Buffer => Buffer.from(sign, 'latin1');
const STOP = op('.');
const NONE = op('N');
const TRUE = op('\x88');
const FALSE = op('\x89');
const MARK = op('(');
const EMPTY_LIST = op(']');
const APPENDS = op('e');
const EMPTY_DICT = op('}');
const SETITEMS = op('u');
const TUPLE = op('t');
const STACK_GLOBAL = op('\x93');
const REDUCE = op('R');

function write(value: Plain, parts: Buffer[]): void {
  if (value === null) parts.push(NONE);
  else if (typeof value === 'boolean') parts.push(value ? TRUE : FALSE);
  else if (typeof value === 'string') parts.push(...text(value));
  else if (typeof value === 'bigint') parts.push(long(value));
  else if (typeof value === 'number') parts.push(number(value));
  else if (value instanceof Call) writeCall(value, parts);
  else if (Array.isArray(value)) {
    parts.push(EMPTY_LIST, MARK);
    for (const item of value) write(item, parts);
    parts.push(APPENDS);
  } else {
    parts.push(EMPTY_DICT, MARK);
    for (const [key, item] of Object.entries(value)) {
      parts.push(...text(key));
      write(item, parts);
    }
    parts.push(SETITEMS);
  }
}

function writeCall({ module, name, args }: Call, parts: Buffer[]): void {
  parts.push(...text(module), ...text(name), STACK_GLOBAL, MARK);
  for (const each of args) write(each, parts);
  parts.push(TUPLE, REDUCE);
}

function text(value: string): Buffer[] {
  const bytes = Buffer.from(value, 'utf8');
  const head = Buffer.alloc(5);
  head.write('X', 'latin1');
  head.writeUInt32LE(bytes.byteLength, 1);
  return [head, bytes];
}

function number(value: number): Buffer {
  if (Number.isInteger(value) && value >= -0x8000_0000 && value <= 0x7fff_ffff) {
    const int = Buffer.alloc(5);
    int.write('J', 'latin1');
    int.writeInt32LE(value, 1);
    return int;
  }
  if (Number.isSafeInteger(value)) return long(BigInt(value));
  const float = Buffer.alloc(9);
  float.write('G', 'latin1');
  float.writeDoubleBE(value, 1);
  return float;
}

/** LONG4: bytes of two's complement, the lowest first. */
function long(value: bigint): Buffer {
  let bits = 8;
  while (BigInt.asIntN(bits, value) !== value) bits *= 2;
  if (bits > 0x1_0000) throw new DecodeError('a whole number of more digits than Python reads');
  const size = bits / 8;
  const buffer = Buffer.alloc(5 + size);
  buffer.write('\x8b', 'latin1');
  buffer.writeInt32LE(size, 1);
  let rest = BigInt.asUintN(bits, value);
  for (let at = 0; at < size; at += 1) {
    buffer[5 + at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return buffer;
}
