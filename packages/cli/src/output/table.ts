import { stripVTControlCharacters } from 'node:util';
import { paint } from './paint.ts';

export interface Column {
  readonly title: string;
  /** Numbers stand right. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
const graphemes = new Intl.Segmenter();

/** Rows under bold titles and a rule, each column as wide as its widest cell. No trailing spaces. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, at) =>
    Math.max(shownWidth(title), ...rows.map((row) => shownWidth(row[at] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => pad(cells[at] ?? '', widths[at] ?? 0, align ?? 'left'))
      .join(GAP)
      .trimEnd();
  const titles = line(columns.map((column) => column.title));
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1)));
  return [paint('bold', titles), paint('dim', rule), ...rows.map(line)].join('\n');
}

/** Names and values in two columns. */
export function pairs(entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => shownWidth(name)));
  return entries.map(([name, value]) => `${pad(paint('dim', name), width, 'left')}${GAP}${value}`).join('\n');
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - shownWidth(text)));
  return align === 'right' ? fill + text : text + fill;
}

function shownWidth(text: string): number {
  return [...graphemes.segment(stripVTControlCharacters(text))].length;
}

/** At most `width` characters on one line, with an ellipsis for what is left out. */
export function clip(text: string, width: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  const shown = [...graphemes.segment(flat)].map((each) => each.segment);
  return shown.length <= width ? flat : `${shown.slice(0, width - 1).join('')}…`;
}
