import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOVAGE = fileURLToPath(import.meta.resolve('lovage/bin'));
const APP = fileURLToPath(new URL('./app.ts', import.meta.url));

/** A `lovage worker` process that can be killed. */
export class WorkerProcess {
  readonly #child: ReturnType<typeof spawn>;
  readonly #exited: Promise<unknown>;
  readonly ready: Promise<void>;
  readonly log: string[] = [];
  /** Every child it ever had: a kill of the worker takes their tasks with it. */
  readonly children = new Set<number>();

  constructor(env: Readonly<Record<string, string>>, name: string) {
    const args = ['worker', '-A', APP, '-c', '2', '-P', 'prefork', '-l', 'info', '-n', `${name}@%h`];
    this.#child = spawn(process.execPath, [...process.execArgv, LOVAGE, ...args], {
      env: { ...process.env, ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#child, 'exit');
    const ready = Promise.withResolvers<void>();
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.log.push(line);
        if (this.log.length > 200) this.log.shift();
        if (/ ready\.$/.test(line)) ready.resolve();
      });
    }
    this.#exited.then(() => ready.reject(new Error(`worker ${name} ended:\n${this.log.join('\n')}`)));
    this.ready = ready.promise;
    this.ready.catch(() => {});
  }

  /** The children that live now. */
  livingChildren(): number[] {
    const { pid } = this.#child;
    if (pid === undefined) return [];
    try {
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
      const pids = text.trim().split(' ').filter(Boolean).map(Number);
      for (const each of pids) this.children.add(each);
      return pids;
    } catch {
      return [];
    }
  }

  async kill(): Promise<void> {
    this.livingChildren();
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
