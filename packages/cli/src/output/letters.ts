import type { DeadLetter } from '@lovage/app';
import { clip, pairs, table } from './table.ts';

const CELLS = {
  Id: ({ id }) => id,
  Kind: ({ kind }) => kind,
  Task: ({ task }) => clip(task ?? '–', 30),
  Queue: ({ queue }) => queue ?? '–',
  Since: ({ since }) => since?.replace('T', ' ').slice(0, 19) ?? '–',
  Reason: ({ reason }) => clip(reason, 60),
} satisfies Record<string, (letter: DeadLetter) => string>;

const FACTS = ['id', 'kind', 'task', 'queue', 'since', 'worker', 'retries', 'reason'] as const;

/** Messages that are kept, a line each, with these columns. */
export function lettersTable(
  letters: readonly DeadLetter[],
  columns: readonly (keyof typeof CELLS)[],
): string {
  return table(
    columns.map((title) => ({ title })),
    letters.map((letter) => columns.map((title) => CELLS[title](letter))),
  );
}

/** One of them, whole. `facts` are those to begin with. */
export function letterPage(letter: DeadLetter, facts: readonly (typeof FACTS)[number][] = FACTS): string {
  const { traceback, headers, body, bodyNote } = letter;
  const shown = Object.entries(headers).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  return [
    pairs(facts.map((name) => [name, String(letter[name] ?? '–')])),
    ...(traceback ? ['', 'Traceback', indented(traceback.trimEnd())] : []),
    '',
    'Headers',
    ...shown,
    '',
    `Body (${bodyNote})`,
    indented(body),
  ].join('\n');
}

const indented = (text: string): string => text.replace(/^/gm, '  ');
