import { textLine, valueLines } from '../control/plain-value.ts';
import type { ShowValue } from '../control/show-answer.ts';
import { duration } from '../output/durations.ts';
import { paint } from '../output/paint.ts';
import { pairs } from '../output/table.ts';
import { isRecord } from '../records.ts';

/** Shown first, in this order; what is a group of its own follows. */
const HEAD = ['pid', 'uptime', 'clock', 'prefetch_count'];

/** `inspect stats`: pairs in groups, such as pool and broker. What has no value is left out. */
export const showStats: ShowValue = (value) => {
  if (!isRecord(value)) return valueLines(value);
  const entries = Object.entries(value).filter(([, each]) => !isEmpty(each));
  const rank = ([name]: readonly [string, unknown]): number =>
    (HEAD.indexOf(name) + HEAD.length + 1) % (HEAD.length + 1);
  const plain = entries.filter(([, each]) => !isRecord(each)).sort((a, b) => rank(a) - rank(b));
  const groups = entries.filter(([, each]) => isRecord(each));
  return [
    ...group(
      'worker',
      plain.map(([name, each]) => [name, name === 'uptime' ? uptime(each) : said(each)]),
    ),
    ...groups.flatMap(([name, each]) => group(name === 'total' ? 'tasks received' : name, flat(each))),
  ];
};

/** `inspect conf`: names and values. */
export const showConf: ShowValue = (value) => {
  if (!isRecord(value)) return valueLines(value);
  return pairs(Object.entries(value).map(([name, each]) => [textLine(name), said(each)])).split('\n');
};

function group(title: string, entries: readonly (readonly [string, string])[]): readonly string[] {
  if (entries.length === 0) return [];
  return [
    paint('bold', textLine(title)),
    ...pairs(entries)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

/** Groups inside groups by their path: `writes.total`. */
function flat(value: unknown, path = ''): (readonly [string, string])[] {
  if (!isRecord(value)) return [[textLine(path), said(value)]];
  return Object.entries(value)
    .filter(([, each]) => !isEmpty(each))
    .flatMap(([name, each]) => flat(each, path === '' ? name : `${path}.${name}`));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function said(value: unknown): string {
  if (Array.isArray(value)) return value.map(said).join(', ');
  // Seconds of CPU time have nine digits and more.
  if (typeof value === 'number') return String(Number(value.toFixed(3)));
  return textLine(value);
}

function uptime(value: unknown): string {
  return typeof value === 'number' ? duration(value) : said(value);
}
