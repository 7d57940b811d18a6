import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { now } from './clock.ts';
import type { Scratch } from './scratch.ts';
import type { Store } from './store.ts';

/** How to start a measured program. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const running = new Set<Program>();

/** A measured program and the processes it starts, in a group of their own so that none outlives the bench. */
export class Program implements AsyncDisposable {
  readonly started: number;
  readonly #child: ChildProcess;
  readonly #log: string;

  constructor(command: Command, store: Pick<Store, 'env'>, scratch: Scratch, name: string) {
    this.#log = scratch.file(`${name}.log`);
    const log = openSync(this.#log, 'a');
    this.started = now();
    this.#child = spawn(command.file, [...command.args], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: command.cwd,
      env: { ...process.env, BENCH_MARKS: scratch.marksFile, ...store.env, ...command.env },
    });
    closeSync(log);
    running.add(this);
    this.#child.on('error', () => running.delete(this));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Throws, with the end of its output, when the program is no longer there. */
  check(): void {
    if (!this.ended) return;
    const { exitCode, signalCode } = this.#child;
    throw new Error(
      `${this.#child.spawnargs.join(' ')}\nended early (${signalCode ?? exitCode}):\n${this.tail()}`,
    );
  }

  /** Resolves when it has ended well; rejects with the end of its output when not. */
  async finished(): Promise<void> {
    if (!this.ended) await once(this.#child, 'exit');
    running.delete(this);
    if (this.#child.exitCode !== 0) this.check();
  }

  tail(): string {
    return readFileSync(this.#log, 'utf8').split('\n').slice(-30).join('\n');
  }

  /** What a program holds is thrown away with its store, so none is asked to end politely. */
  kill(): void {
    running.delete(this);
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    if (!this.ended) await once(this.#child, 'exit');
  }
}

/**
 * The measured programs are groups of their own: without this, Ctrl-C would leave them behind.
 * Call it once, before the first is started.
 */
export function endWithUs(): void {
  process.on('exit', () => {
    for (const program of running) program.kill();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
}
