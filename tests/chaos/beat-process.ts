import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./beat-program.ts', import.meta.url));
const LOG_CHARACTERS = 20_000;

const living = new Set<ChildProcess>();
after(() => {
  for (const child of living) child.kill('SIGKILL');
});

/** A beat in a process of its own, that can be killed and stopped. */
export class BeatProcess {
  readonly ready: Promise<unknown>;
  readonly exited: Promise<unknown>;
  readonly #child: ChildProcess;
  #leading = false;
  #frozen = false;
  #log = '';

  constructor(env: Readonly<Record<string, string>>) {
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    this.#child = fork(PROGRAM, {
      execArgv: ['--conditions=lovage-source'],
      env: { ...inherited, ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    living.add(this.#child);
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_CHARACTERS);
    });
    this.#child.on('message', ({ leading }: { leading: boolean }) => {
      this.#leading = leading;
    });
    this.exited = once(this.#child, 'close').then(() => {
      living.delete(this.#child);
      this.#leading = false;
    });
    const ended = this.exited.then(() =>
      Promise.reject(new Error(`a beat ended at its start:\n${this.#log}`)),
    );
    this.ready = Promise.race([once(this.#child, 'message'), ended]);
    this.ready.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get log(): string {
    return this.#log;
  }

  /** It says that it leads, and nobody has stopped it since. */
  get leading(): boolean {
    return this.#leading && !this.#frozen && this.alive;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  freeze(): void {
    this.#frozen = true;
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#frozen = false;
    this.#child.kill('SIGCONT');
  }

  /** In good order. */
  async stop(): Promise<void> {
    if (this.#frozen) this.thaw();
    this.#child.kill('SIGTERM');
    await this.exited;
  }
}
