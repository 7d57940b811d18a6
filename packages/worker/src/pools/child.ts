import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ErrorDetails } from '@lovage/contracts';
import type { FromChild, FromJob, ToChild } from './messages.ts';
import type { PermitStore, Permits } from './permits.ts';

const HOST = fileURLToPath(
  new URL(`./host${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** A killed process that the kernel does not let go (a dead network disk) is not waited for any longer. */
const KILL_MS = 5000;
/** An ended process's last words may still be in the pipe, which closes next: no order is promised between the two. */
const LAST_WORDS_MS = 5000;

/** In the child: after its standard streams and the channel. */
const PERMITS_FD = 4;

export interface ChildPlan {
  readonly entry: string;
  readonly data: unknown;
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly startTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly maxMemoryKib: number | undefined;
}

export interface ChildEnd {
  /** 'signal 9 (SIGKILL)', 'exit code 1', or the error that ended it. */
  readonly detail: string;
  readonly error?: ErrorDetails;
}

/** Whoever uses the child. Hears nothing more once it told the child to end. */
export interface ChildUser {
  onReady(): void;
  onReport(report: unknown): void;
  /** Its job has ended. */
  onOutcome(outcome: FromJob): void;
  /** It ended of its own accord. */
  onLost(end: ChildEnd): void;
}

/** Whoever keeps account of all processes. Hears everything, to the end. */
export interface ChildKeeper {
  onFault(child: Child, error: ErrorDetails): void;
  onExit(child: Child, end: ChildEnd): void;
}

/** One child process, from fork to exit. */
export class Child {
  /** For the jobs it is given ahead; where there are none, it cannot be given any. */
  readonly permits: Permits | undefined;
  readonly #plan: ChildPlan;
  readonly #store: PermitStore;
  readonly #process: ChildProcess;
  readonly #keeper: ChildKeeper;
  #user: ChildUser | undefined;
  /** Why it ends, if it said so. */
  #error: ErrorDetails | undefined;
  /** The one thing that may take too long now: to start, to shut down, to die. */
  #patience: NodeJS.Timeout | undefined;
  #ready = false;
  #exited = false;

  /** @param number Counts the pool's children from 1. */
  constructor(plan: ChildPlan, number: number, store: PermitStore, keeper: ChildKeeper) {
    this.#plan = plan;
    this.#store = store;
    this.#keeper = keeper;
    this.permits = store.acquire();
    // Node's own channel with v8 serialization: bytes travel as bytes, and it beat frames over a pipe of our own
    // (bench/micro/pools-transport.ts). Nobody reads a terminal's input in several processes at once.
    this.#process = this.#fork(plan);
    this.#process.on('message', (message) => this.#hear(message as FromChild));
    this.#process.on('error', (error) => this.#fail(error));
    this.#process.once('exit', (code, signal) => this.#exit(describeExit(code, signal)));
    this.#wait(plan.startTimeoutMs, () => {
      this.#blame({ name: 'Error', message: `not ready within ${plan.startTimeoutMs / 1000} s` });
      this.#process.kill('SIGKILL');
    });
    const { entry, data, maxMemoryKib } = plan;
    this.send({
      kind: 'init',
      entry,
      data,
      number,
      permits: this.permits && PERMITS_FD,
      maxMemoryKib,
    });
  }

  #fork({ execArgv, env }: ChildPlan): ChildProcess {
    const permits = this.permits ? [this.permits.fd] : [];
    try {
      return fork(HOST, [], {
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...permits],
        execArgv: [...execArgv],
        env,
      });
    } catch (error) {
      if (this.permits) this.#store.release(this.permits);
      throw error;
    }
  }

  /** From now on it is this one that hears of it; at once, if it is ready already. */
  serve(user: ChildUser): void {
    this.#user = user;
    if (this.#ready) process.nextTick(() => this.#user === user && user.onReady());
  }

  /** Undefined when the system would not start it. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** @throws DataCloneError when the message holds what cannot be cloned. */
  send(message: ToChild): void {
    if (this.#process.connected) this.#process.send(message);
  }

  /** In good order: `shutdown` of the entry, then exit. Between jobs only. */
  end(): void {
    this.#user = undefined;
    this.send({ kind: 'end' });
    this.#wait(this.#plan.shutdownTimeoutMs, () => this.kill());
  }

  /** At once, whatever it does, also when it is stopped. */
  kill(): void {
    this.#user = undefined;
    this.#process.kill('SIGKILL');
    this.#wait(KILL_MS, () => this.#finish('does not end after signal 9 (SIGKILL)'));
  }

  #hear(message: FromChild): void {
    if (message.kind === 'fault') {
      this.#blame(message.error);
    } else if (message.kind === 'ready') {
      if (!this.#user) return;
      clearTimeout(this.#patience);
      this.#ready = true;
      this.#user.onReady();
    } else if (message.kind === 'report') {
      this.#user?.onReport(message.report);
    } else {
      this.#user?.onOutcome(message);
    }
  }

  #blame(error: ErrorDetails): void {
    this.#error = error;
    this.#keeper.onFault(this, error);
  }

  /** Either there is no process (too many already), or the channel broke because it ends: then `exit` follows. */
  #fail(error: Error): void {
    if (this.pid === undefined) this.#finish(`cannot start a process: ${error.message}`);
  }

  #exit(detail: string): void {
    if (!this.#process.connected) {
      this.#finish(detail);
      return;
    }
    this.#process.once('disconnect', () => this.#finish(detail));
    this.#wait(LAST_WORDS_MS, () => this.#finish(detail));
  }

  #finish(exit: string): void {
    if (this.#exited) return;
    this.#exited = true;
    clearTimeout(this.#patience);
    const error = this.#error;
    const end: ChildEnd = error ? { detail: `${error.name}: ${error.message}`, error } : { detail: exit };
    this.#keeper.onExit(this, end);
    this.#user?.onLost(end);
    this.#user = undefined;
    if (this.permits) this.#store.release(this.permits);
  }

  #wait(ms: number, onTooLong: () => void): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(onTooLong, ms);
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit code ${code}` : `signal ${constants.signals[signal]} (${signal})`;
}
