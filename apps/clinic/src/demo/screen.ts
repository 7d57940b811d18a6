import { styleText } from 'node:util';
import type { Line, Part, Stage } from './follow.ts';

export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

const ABOUT = 16;
const BAR = 20;
const MARKS = {
  SUCCESS: ['✔', 'green'],
  FAILURE: ['✖', 'red'],
  RETRY: ['↻', 'yellow'],
  PROGRESS: ['▸', 'cyan'],
  STARTED: ['▸', 'cyan'],
} as const;
const NEVER = { state: 'NEVER', progress: undefined };

/** Draws the workflows over themselves on a terminal; elsewhere prints a line again when it has come further. */
export class Screen {
  readonly #sections: readonly Section[];
  readonly #live = process.stdout.isTTY === true;
  readonly #said = new Map<Line, string>();
  #drawn = 0;

  constructor(sections: readonly Section[]) {
    this.#sections = sections;
  }

  draw(): void {
    if (this.#live) this.#drawOver();
    else this.#say();
  }

  #drawOver(): void {
    const rows = this.#sections.flatMap(({ title, lines }) => [
      '',
      styleText('bold', title),
      ...lines.map((line) => `  ${drawn(line)}`),
    ]);
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    // Without wrapping: a line that is longer than the terminal is wide must stay one line, or counting them goes wrong.
    process.stdout.write(`\x1b[?7l${up}${rows.map((row) => `\x1b[2K${row}\n`).join('')}\x1b[?7h`);
    this.#drawn = rows.length;
  }

  #say(): void {
    for (const { title, lines } of this.#sections) {
      for (const line of lines) {
        const before = this.#said.get(line);
        const key = milestone(line);
        if (before === key) continue;
        this.#said.set(line, key);
        if (before === undefined && line === lines[0]) console.log(`\n${title}`);
        console.log(`  ${drawn(line)}`);
      }
    }
  }
}

/** `Ada Quill   ✔ account ── ↻ CRM ── · welcome e-mail` */
function drawn({ about, stages }: Line): string {
  const failed = stages.findIndex(({ parts }) => parts.some(({ state }) => state === 'FAILURE'));
  const texts = stages.map((stage, index) => {
    // Steps after a failure have failed with it, and never ran.
    return failed >= 0 && index > failed ? `${mark(NEVER)} ${stage.label}` : drawnStage(stage);
  });
  return `${about.padEnd(ABOUT)} ${texts.join(styleText('dim', ' ── '))}`;
}

function drawnStage({ label, parts, sideBySide }: Stage): string {
  const marks = parts.map(mark).join('');
  if (sideBySide) return `${marks} ${parts.filter(hasEnded).length} of ${parts.length} ${label}`;
  const [part] = parts;
  if (part?.progress === undefined) return `${marks} ${label}`;
  const filled = Math.round((hasEnded(part) ? 1 : part.progress) * BAR);
  return `${marks} ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${label}`;
}

function mark({ state }: Part): string {
  if (state === 'NEVER') return styleText('dim', '–');
  const [sign, colour] = MARKS[state as keyof typeof MARKS] ?? ['·', 'dim'];
  return styleText(colour, sign);
}

const hasEnded = ({ state }: Part): boolean => state === 'SUCCESS' || state === 'FAILURE';

/** Changes when a line is worth printing again: at each state of a single task, and each quarter of what takes long. */
function milestone({ stages }: Line): string {
  const quarters = (share: number) => Math.floor(share * 4);
  return stages
    .map(({ parts, sideBySide }) =>
      sideBySide
        ? quarters(parts.filter(hasEnded).length / parts.length)
        : parts.map(({ state, progress = 0 }) => `${state} ${quarters(progress)}`).join(),
    )
    .join();
}

/** What came of each, in columns as wide as they need; the last is cut where the terminal ends. */
export function table(sections: readonly Section[]): string {
  const head = ['what', 'for', 'state', 'took', 'result'];
  const cells = sections.flatMap(({ title, lines }) =>
    lines.map(({ about, outcome }) => [
      title.replace(/,.*/, ''),
      about,
      outcome?.state ?? '',
      outcome ? `${outcome.seconds.toFixed(2)} s` : '',
      outcome?.text ?? '',
    ]),
  );
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length)),
  );
  const width = Math.max(80, process.stdout.columns ?? 80) - 1;
  const format = (row: readonly string[]) => {
    const text = `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd();
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  };
  return [format(head), format(widths.map((each) => '─'.repeat(each))), ...cells.map(format)].join('\n');
}
