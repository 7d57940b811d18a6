import { type ChildProcess, spawn } from 'node:child_process';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { PYTHON } from '../../../tools/services.ts';

const HOST = fileURLToPath(new URL('pty.py', import.meta.url));
const BIN = fileURLToPath(new URL('../../lovage/bin/lovage.js', import.meta.url));
const LIMIT_MS = 60_000;
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Ended {
  /** Negative: the signal that ended it. */
  readonly status: number;
  /** The terminal is in the modes that it had before. */
  readonly restored: boolean;
}

/** `lovage` on a terminal, with somebody at it. */
export class Pty {
  /** All that has been written to the terminal. */
  written = '';
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #over = false;

  constructor(args: readonly string[], { rows = 24, columns = 80 } = {}) {
    const command = [process.execPath, '--conditions=lovage-source', BIN, ...args];
    const { NODE_TEST_CONTEXT: _, NO_COLOR: __, ...env } = process.env;
    const child = spawn(PYTHON, [HOST, String(rows), String(columns), ...command], {
      env: { ...env, TERM: 'xterm-256color' },
      stdio: 'pipe',
    });
    this.#child = child;
    running.add(child);
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    let report = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.written += text;
      for (const listener of this.#listeners) listener();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      report += text;
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('close', () => {
        clearTimeout(limit);
        running.delete(child);
        this.#over = true;
        for (const listener of this.#listeners) listener();
        try {
          resolve(JSON.parse(report) as Ended);
        } catch {
          reject(new Error(`the terminal ended without a report: ${report}\n${this.written}`));
        }
      });
    });
  }

  /** The lines of the last whole frame, without colours. */
  get screen(): readonly string[] {
    const end = this.written.lastIndexOf(END_FRAME);
    const begin = this.written.lastIndexOf(BEGIN_FRAME, end);
    if (begin === -1) return [];
    return stripVTControlCharacters(this.written.slice(begin, end))
      .split('\r\n')
      .map((line) => line.trimEnd());
  }

  /** Resolves once the screen shows this; rejects when it ends without. */
  shows(pattern: RegExp): Promise<void> {
    return this.#until(
      () => this.screen.some((line) => pattern.test(line)),
      `the screen never showed ${pattern}`,
    );
  }

  /** Resolves once the screen has so many lines. */
  hasRows(rows: number): Promise<void> {
    return this.#until(() => this.screen.length === rows, `the screen never had ${rows} lines`);
  }

  /** Resolves once this was written, on whichever screen. */
  says(pattern: RegExp): Promise<void> {
    return this.#until(() => pattern.test(this.written), `it never said ${pattern}`);
  }

  type(keys: string): void {
    this.#tell({ keys });
  }

  resize(rows: number, columns: number): void {
    this.#tell({ resize: [rows, columns] });
  }

  signal(signal: number): void {
    this.#tell({ signal });
  }

  #tell(command: object): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  #until(done: () => boolean, complaint: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (done()) resolve();
        else if (this.#over)
          reject(new Error(`${complaint}:\n${this.screen.join('\n')}\n${this.written.slice(-300)}`));
        else return;
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }
}
