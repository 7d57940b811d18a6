import { DriverError } from '@lovage/contracts';

const LONGEST = 2n ** 63n;

/**
 * Headers as the client writes them into an AMQP table.
 * It takes `{ '!': type, value }` for a value of that type, so what holds a key '!' of its own is said to be a table.
 * @throws DriverError 'refused' for an integer of more than 64 bits
 */
export function toTable(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const table: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) table[name] = toField(value, name);
  return table;
}

function toField(value: unknown, name: string): unknown {
  if (typeof value === 'bigint') {
    if (value >= LONGEST || value < -LONGEST)
      throw new DriverError(
        'refused',
        `header ${name}: ${value} has more than the 64 bits of AMQP's longest integer`,
      );
    return { '!': 'long', value };
  }
  if (typeof value === 'number' && isShort(value)) return { '!': 'int', value };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => toField(each, name));
  const table = toTable(value as Record<string, unknown>);
  return Object.hasOwn(table, '!') ? { '!': 'object', value: table } : table;
}

/**
 * An integer that the client would write in 16 bits, as type 's', or below zero in 8, as type 'b': Python reads a short
 * string there, and breaks, or a number without a sign. Those of 32 bits are read alike.
 */
const isShort = (value: number): boolean =>
  Number.isInteger(value) && (value < 0 || value > 0x7f) && value >= -0x8000 && value <= 0x7fff;

/** Headers as JSON values: what only AMQP has becomes the nearest. */
export function fromTable(table: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, fromField(value)]));
}

function fromField(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromField);
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  const { '!': type, value: inner } = value as { '!'?: unknown; value?: unknown };
  if (type === 'timestamp' && typeof inner === 'number') return new Date(inner * 1_000).toISOString();
  if (type === 'decimal') {
    const { digits, places } = inner as { digits: number; places: number };
    return digits / 10 ** places;
  }
  return fromTable(value as Record<string, unknown>);
}
