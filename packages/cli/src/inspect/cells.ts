import { textLine } from '../control/plain-value.ts';
import { duration } from '../output/durations.ts';
import { type Column, clip, table } from '../output/table.ts';

/** What stands where a worker says nothing. */
export const NOTHING = '–';

const WIDEST = 60;

/** A value of a row: on one line, harmless, and not too wide. */
export function cell(value: unknown): string {
  return value === null || value === undefined || value === '' ? NOTHING : clip(textLine(value), WIDEST);
}

/** How long ago an epoch in seconds was. */
export function ago(epochS: unknown, nowMs: number): string {
  return typeof epochS === 'number' ? `${duration(nowMs / 1000 - epochS)} ago` : NOTHING;
}

/** How long until, or since, a time in ISO 8601. */
export function until(iso: unknown, nowMs: number): string {
  const moment = typeof iso === 'string' ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(moment)) return NOTHING;
  const seconds = (moment - nowMs) / 1000;
  return seconds >= 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}

/** Rows in a table, or Celery's word for none. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return rows.length === 0 ? ['- empty -'] : table(columns, rows).split('\n');
}
