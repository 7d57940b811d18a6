import { DecodeError } from '@lovage/contracts';

/*
 * Reads pickles without running anything: a fixed set of signs, of which none calls, imports or looks up. Where Python
 * would call something of its own, the name and the arguments are kept as they stand, for the caller to know or refuse.
 * Python's signs: https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */

/** Something of Python's, by name. */
export class Name {
  readonly module: string;
  readonly name: string;
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }
}

/** What Python would have made by calling something of its own. */
export class Made {
  readonly by: Name;
  readonly args: readonly Pickled[];
  /** What it would have been given afterwards. */
  state: Pickled | undefined;
  constructor(by: Name, args: readonly Pickled[]) {
    this.by = by;
    this.args = args;
  }
}

/** Arrays are lists, and tuples where they were frozen. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | Name
  | Made;

/** A stack is cut at these. */
const MARK = Symbol('mark');
type Slot = Pickled | typeof MARK;

/** More than any result has, and few enough to be kept while it is read. */
const MAX_SIGNS = 20_000_000;

/**
 * The value of a pickle, of protocol 2 and later.
 * @throws DecodeError for anything else, and for signs that plain data has no use for
 */
export function unpickle(bytes: Uint8Array): Pickled {
  return new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).read();
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  readonly #stack: Slot[] = [];
  readonly #memo: Slot[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): Pickled {
    for (let signs = 0; signs < MAX_SIGNS; signs += 1) {
      const sign = this.#uint(1);
      if (sign === 0x2e) return this.#end();
      const act = ACTS.get(sign);
      if (!act)
        throw new DecodeError(
          `a pickle with the sign 0x${sign.toString(16)}, which plain data has no use for`,
        );
      act(this);
    }
    throw new DecodeError('a pickle of too many parts');
  }

  #end(): Pickled {
    const value = this.pop();
    if (this.#stack.length > 0) throw new DecodeError('a pickle that ends too soon');
    return value;
  }

  bytes(size: number): Buffer {
    const to = this.#at + size;
    if (to > this.#bytes.byteLength) throw new DecodeError('a pickle that was cut short');
    const found = this.#bytes.subarray(this.#at, to);
    this.#at = to;
    return found;
  }

  /** Lowest byte first. Sizes may have eight of them; none is that large. */
  #uint(size: number): number {
    if (size <= 4) return this.bytes(size).readUIntLE(0, size);
    const large = this.bytes(size).readBigUInt64LE();
    if (large > BigInt(this.#bytes.byteLength)) throw new DecodeError('a pickle that was cut short');
    return Number(large);
  }

  uint(size: 1 | 2 | 4 | 8): number {
    return this.#uint(size);
  }

  text(size: number): string {
    return this.bytes(size).toString('utf8');
  }

  /** Up to the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw new DecodeError('a pickle that was cut short');
    const text = this.text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  push(value: Slot): void {
    this.#stack.push(value);
  }

  pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw new DecodeError('a pickle that takes what is not there');
    return value;
  }

  popMany(count: number): Pickled[] {
    const values = Array.from({ length: count }, () => this.pop());
    return values.reverse();
  }

  popToMark(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at === -1) throw new DecodeError('a pickle that takes what is not there');
    const values = this.#stack.splice(at + 1) as Pickled[];
    this.#stack.pop();
    return values;
  }

  top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw new DecodeError('a pickle that takes what is not there');
    return value;
  }

  remember(at = this.#memo.length): void {
    // Places are given in order; one far off would be no memory of Python's.
    if (at > this.#memo.length) throw new DecodeError('a pickle that remembers out of order');
    this.#memo[at] = this.top();
  }

  recall(at: number): void {
    const value = this.#memo[at];
    if (value === undefined) throw new DecodeError('a pickle that takes what is not there');
    this.push(value);
  }
}

type Act = (reader: Reader) => void;

/** Two's complement, the lowest byte first. */
function long(bytes: Buffer): number | bigint {
  let value = 0n;
  for (let at = bytes.byteLength - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at]!);
  value = BigInt.asIntN(bytes.byteLength * 8, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** As many as Python's own `int()` takes from text, about. */
const LONG_BYTES_MAX = 1800;

function readLong(reader: Reader, size: number): void {
  if (size > LONG_BYTES_MAX) throw new DecodeError(`a whole number of ${size} bytes`);
  reader.push(size === 0 ? 0 : long(reader.bytes(size)));
}

function append(reader: Reader, items: readonly Pickled[]): void {
  const list = reader.top();
  if (!Array.isArray(list) || Object.isFrozen(list))
    throw new DecodeError('a pickle that adds to what is no list');
  for (const item of items) list.push(item);
}

function setItems(reader: Reader, items: readonly Pickled[]): void {
  const dict = reader.top();
  if (!(dict instanceof Map) || items.length % 2 === 1)
    throw new DecodeError('a pickle that adds to what is no dict');
  for (let at = 0; at < items.length; at += 2) dict.set(items[at]!, items[at + 1]!);
}

const tuple = (items: Pickled[]): Pickled[] => Object.freeze(items) as Pickled[];

function name(reader: Reader, module: Pickled, what: Pickled): void {
  if (typeof module !== 'string' || typeof what !== 'string')
    throw new DecodeError('a pickle that names no name');
  reader.push(new Name(module, what));
}

function make(reader: Reader): void {
  const [by, args] = reader.popMany(2);
  if (!(by instanceof Name) || !Array.isArray(args))
    throw new DecodeError('a pickle that calls what has no name');
  reader.push(new Made(by, args));
}

/** By their byte. */
const ACTS: ReadonlyMap<number, Act> = new Map<number, Act>([
  // How it is written.
  [
    0x80,
    (r) => {
      const version = r.uint(1);
      if (version > 5) throw new DecodeError(`a pickle of protocol ${version}`);
    },
  ],
  [0x95, (r) => void r.bytes(8)],
  // Scalars.
  [0x4e, (r) => r.push(null)],
  [0x88, (r) => r.push(true)],
  [0x89, (r) => r.push(false)],
  [0x4a, (r) => r.push(r.bytes(4).readInt32LE())],
  [0x4b, (r) => r.push(r.uint(1))],
  [0x4d, (r) => r.push(r.uint(2))],
  [0x8a, (r) => readLong(r, r.uint(1))],
  [0x8b, (r) => readLong(r, r.uint(4))],
  [0x47, (r) => r.push(r.bytes(8).readDoubleBE())],
  // Texts and bytes.
  [0x8c, (r) => r.push(r.text(r.uint(1)))],
  [0x58, (r) => r.push(r.text(r.uint(4)))],
  [0x8d, (r) => r.push(r.text(r.uint(8)))],
  [0x43, (r) => r.push(r.bytes(r.uint(1)))],
  [0x42, (r) => r.push(r.bytes(r.uint(4)))],
  [0x8e, (r) => r.push(r.bytes(r.uint(8)))],
  [0x96, (r) => r.push(r.bytes(r.uint(8)))],
  // Containers.
  [0x28, (r) => r.push(MARK)],
  [0x5d, (r) => r.push([])],
  [0x61, (r) => append(r, r.popMany(1))],
  [0x65, (r) => append(r, r.popToMark())],
  // Sets, which are lists here as they are in JSON.
  [0x8f, (r) => r.push([])],
  [0x90, (r) => append(r, r.popToMark())],
  [0x91, (r) => r.push(tuple(r.popToMark()))],
  // Dicts.
  [0x7d, (r) => r.push(new Map())],
  [0x73, (r) => setItems(r, r.popMany(2))],
  [0x75, (r) => setItems(r, r.popToMark())],
  [0x29, (r) => r.push(tuple([]))],
  [0x85, (r) => r.push(tuple(r.popMany(1)))],
  [0x86, (r) => r.push(tuple(r.popMany(2)))],
  [0x87, (r) => r.push(tuple(r.popMany(3)))],
  [0x74, (r) => r.push(tuple(r.popToMark()))],
  // What was seen before.
  [0x94, (r) => r.remember()],
  [0x71, (r) => r.remember(r.uint(1))],
  [0x72, (r) => r.remember(r.uint(4))],
  [0x68, (r) => r.recall(r.uint(1))],
  [0x6a, (r) => r.recall(r.uint(4))],
  // Names, and what Python would make by them.
  [0x63, (r) => name(r, r.line(), r.line())],
  [
    0x93,
    (r) => {
      const [module, what] = r.popMany(2);
      name(r, module!, what!);
    },
  ],
  [0x52, make],
  [0x81, make],
  [
    0x62,
    (r) => {
      const state = r.pop();
      const made = r.top();
      if (!(made instanceof Made)) throw new DecodeError('a pickle that changes what it has not made');
      made.state = state;
    },
  ],
]);
