import { DecodeError } from '@lovage/contracts';
import { stringifyJson } from '@lovage/protocol';
import { Made, Name, type Pickled } from './read.ts';

/** A value may stand in many places at once: so much JSON, in parts, comes of a pickle at most. */
const MAX_PARTS = 5_000_000;
/** Deeper than any workflow nests. */
const MAX_DEPTH = 500;

/** One walk over a value. */
interface Walk {
  parts: number;
  depth: number;
}

/**
 * The text that Python's `json` would have written, with the types that JSON lacks as kombu writes them since 5.3.
 * @throws DecodeError naming what JSON has no form for
 */
export function toJson(value: Pickled): string {
  return write(value, { parts: 0, depth: 0 });
}

function write(value: Pickled, walk: Walk): string {
  walk.parts += 1;
  if (walk.parts > MAX_PARTS) throw new DecodeError('a pickled value of too many parts');
  if (typeof value !== 'object' || value === null) return stringifyJson(value);
  if (value instanceof Uint8Array) return bytes(value);
  if (value instanceof Name) throw new DecodeError(`the pickled name ${value.module}.${value.name}`);
  if (walk.depth >= MAX_DEPTH)
    throw new DecodeError(`a pickled value deeper than ${MAX_DEPTH} levels, or within itself`);
  walk.depth += 1;
  const text = container(value, walk);
  walk.depth -= 1;
  return text;
}

function container(value: Pickled[] | Map<Pickled, Pickled> | Made, walk: Walk): string {
  if (value instanceof Made) return made(value, walk);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, walk)).join(',')}]`;
  const members = [...value].map(([key, item]) => `${JSON.stringify(keyText(key))}:${write(item, walk)}`);
  return `{${members.join(',')}}`;
}

/** As Python's `json` names them. */
function keyText(key: Pickled): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return String(key);
  throw new DecodeError('a pickled dict with a key that JSON has no form for');
}

const typed = (type: string, value: unknown): string => JSON.stringify({ __type__: type, __value__: value });

function bytes(value: Uint8Array): string {
  return stringifyJson(new Uint8Array(value));
}

/** The few types besides plain data that results often have. */
function made({ by, args, state }: Made, walk: Walk): string {
  const [first] = args;
  const name = `${by.module}.${by.name}`;
  switch (name) {
    case 'datetime.datetime':
      if (first instanceof Uint8Array && first.byteLength === 10 && isUtc(args[1])) {
        return typed(
          'datetime',
          `${dateText(first)}T${timeText(first.subarray(4))}${args[1] ? '+00:00' : ''}`,
        );
      }
      break;
    case 'datetime.date':
      if (first instanceof Uint8Array && first.byteLength === 4) return typed('date', dateText(first));
      break;
    case 'decimal.Decimal':
      if (typeof first === 'string') return typed('decimal', first);
      break;
    case 'uuid.UUID': {
      const int = state instanceof Map ? state.get('int') : undefined;
      if (typeof int === 'bigint' || typeof int === 'number') {
        return typed('uuid', { hex: int.toString(16).padStart(32, '0') });
      }
      break;
    }
    case 'builtins.set':
    case 'builtins.frozenset':
      // As kombu does.
      if (Array.isArray(first)) return write(first, walk);
  }
  throw new DecodeError(`a pickled ${name}`);
}

/** None, or one of Python's ways to say UTC. */
function isUtc(zone: Pickled | undefined): boolean {
  if (zone === undefined) return true;
  if (!(zone instanceof Made)) return false;
  const name = `${zone.by.module}.${zone.by.name}`;
  if (name === 'pytz._UTC') return true;
  const [offset] = zone.args;
  if (name !== 'datetime.timezone' || !(offset instanceof Made)) return false;
  return offset.by.name === 'timedelta' && offset.args.every((part) => part === 0);
}

const two = (value: number): string => String(value).padStart(2, '0');

function dateText(bytes: Uint8Array): string {
  const [high = 0, low = 0, month = 0, day = 0] = bytes;
  return `${String(high * 256 + low).padStart(4, '0')}-${two(month & 0x7f)}-${two(day)}`;
}

function timeText(bytes: Uint8Array): string {
  const [hour = 0, minute = 0, second = 0, a = 0, b = 0, c = 0] = bytes;
  const micros = String(a * 65_536 + b * 256 + c).padStart(6, '0');
  return `${two(hour)}:${two(minute)}:${two(second)}.${micros}`;
}
