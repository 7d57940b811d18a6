/** A schedule that cannot be: says which part, what was given, and what would be right. */
export class InvalidSchedule extends Error {
  override readonly name = 'InvalidSchedule';
}

/** A value as an error shows it, cut where it is long. */
export function shown(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString();
  if (typeof value === 'bigint') return `${value}n`;
  let text: string;
  try {
    text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
