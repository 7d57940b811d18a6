import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const LOVAGE = fileURLToPath(import.meta.resolve('lovage/bin'));
/** Lines kept of what a worker said, for the message of a test that fails. */
const LOG_LINES = 400;

const living = new Set<ChildProcess>();
after(() => {
  for (const child of living) child.kill('SIGKILL');
});

export interface WorkerOptions {
  /** The module that makes the app. */
  readonly app: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its node name, before the @. */
  readonly name: string;
  /** More arguments of `lovage worker`. */
  readonly args?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `lovage worker` process: the real binary, prefork, that can be killed. */
export class WorkerProcess {
  readonly name: string;
  /** Resolves once it consumes; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  readonly log: string[] = [];
  /** Every child it is known to have had: a kill of the worker takes their tasks with it. */
  readonly children = new Set<number>();
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(line: string) => void>();

  constructor({ app, env, name, args = [] }: WorkerOptions) {
    this.name = name;
    const words = ['worker', '-A', app, '-P', 'prefork', '-l', 'info', '-n', `${name}@%h`, ...args];
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    this.#child = spawn(process.execPath, ['--conditions=lovage-source', LOVAGE, ...words], {
      env: { ...inherited, ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    living.add(this.#child);
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      living.delete(this.#child);
      return { code, signal } as Exit;
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) this.#follow(stream);
    this.ready = this.says(/ ready\.$/);
    this.ready.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves at the first line, said already or yet to come, that matches; rejects when it ends without. */
  async says(pattern: RegExp): Promise<void> {
    if (this.log.some((line) => pattern.test(line))) return;
    await new Promise<void>((resolve, reject) => {
      const listener = (line: string): void => {
        if (!pattern.test(line)) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
      void this.exited.then(({ code, signal }) =>
        reject(
          new Error(`${this.name} ended (${code ?? signal}) without ${pattern}:\n${this.log.join('\n')}`),
        ),
      );
    });
  }

  /** The children that live now. */
  livingChildren(): number[] {
    try {
      const text = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
      const pids = text.trim().split(' ').filter(Boolean).map(Number);
      for (const pid of pids) this.children.add(pid);
      return pids;
    } catch {
      return [];
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.livingChildren();
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** Ends it warm. */
  async stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }

  #follow(stream: NodeJS.ReadableStream): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.#said(line);
    });
  }

  #said(line: string): void {
    this.log.push(line);
    if (this.log.length > LOG_LINES) this.log.shift();
    for (const listener of [...this.#listeners]) listener(line);
  }
}
