import { styleText } from 'node:util';

export interface Row {
  readonly task: string;
  readonly about: string;
  state: string;
  /** 0 to 1. */
  progress: number;
  result: string;
  seconds: number | undefined;
}

const BAR = 24;
const COLOURS = {
  SUCCESS: 'green',
  FAILURE: 'red',
  RETRY: 'yellow',
  PROGRESS: 'cyan',
  STARTED: 'cyan',
} as const;

/** Draws the rows over themselves on a terminal; elsewhere prints a line for each change of state. */
export class Screen {
  readonly #rows: readonly Row[];
  readonly #live = process.stdout.isTTY === true;
  readonly #said = new Map<Row, string>();
  #drawn = 0;

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  draw(): void {
    if (!this.#live) {
      this.#say();
      return;
    }
    const lines = this.#rows.map((row) => `  ${line(row)}`);
    process.stdout.write(
      `${this.#drawn > 0 ? `\x1b[${this.#drawn}A` : ''}${lines.map((text) => `\x1b[2K${text}\n`).join('')}`,
    );
    this.#drawn = lines.length;
  }

  #say(): void {
    for (const row of this.#rows) {
      const quarter = Math.floor(row.progress * 4);
      const key = `${row.state} ${quarter}`;
      if (this.#said.get(row) === key) continue;
      this.#said.set(row, key);
      console.log(`  ${line(row)}`);
    }
  }
}

function line(row: Row): string {
  const filled = Math.round(row.progress * BAR);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
  return `${row.task.padEnd(36)} ${row.about.padEnd(18)} ${paint(row.state)} ${bar} ${String(Math.round(row.progress * 100)).padStart(3)}%`;
}

const paint = (state: string): string => {
  const text = state.padEnd(9);
  const colour = COLOURS[state as keyof typeof COLOURS];
  return colour ? styleText(colour, text) : text;
};

/** The results, in columns as wide as they need. */
export function table(rows: readonly Row[]): string {
  const head = ['task', 'for', 'state', 'took', 'result'];
  const cells = rows.map((row) => [
    row.task,
    row.about,
    row.state,
    row.seconds === undefined ? '' : `${row.seconds.toFixed(2)} s`,
    row.result,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length)),
  );
  const format = (row: readonly string[]) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd();
  return [format(head), format(widths.map((width) => '─'.repeat(width))), ...cells.map(format)].join('\n');
}
