import { deserialize, serialize } from 'node:v8';
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { ErrorDetails } from '@lovage/contracts';
import { errorDetails } from './error-details.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

const HOST = new URL(`./thread-host${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** A terminated thread that is deep in native code (a read from a dead disk) is not waited for any longer. */
const KILL_MS = 5000;

export interface ThreadPlan {
  readonly entry: string;
  readonly data: unknown;
  readonly startTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly memoryLimitKib: number | undefined;
  readonly resourceLimits: ResourceLimits | undefined;
}

export interface ThreadEnd {
  /** 'exit code 1', or the error that ended it. */
  readonly detail: string;
  readonly error?: ErrorDetails;
}

/** What a thread says of its job. */
export type FromJob = Exclude<FromThread, { kind: 'ready' | 'fault' }>;

/** Whoever uses the thread. Hears nothing more once it told the thread to end. */
export interface ThreadUser {
  onReady(): void;
  onMessage(message: FromJob): void;
  /** It ended of its own accord. */
  onLost(end: ThreadEnd): void;
}

/** Whoever keeps account of all threads. Hears everything, to the end. */
export interface ThreadKeeper {
  onFault(thread: Thread, error: ErrorDetails): void;
  onExit(thread: Thread, end: ThreadEnd): void;
}

/** One thread, from start to exit. */
export class Thread {
  /** Counts the pool's threads from 1. */
  readonly number: number;
  readonly #plan: ThreadPlan;
  readonly #worker: Worker;
  /** A channel of our own: what tasks post to their `parentPort` is not for the pool. */
  readonly #port: MessagePort;
  readonly #keeper: ThreadKeeper;
  #user: ThreadUser | undefined;
  /** Why it ends, if it said so. */
  #error: ErrorDetails | undefined;
  /** The one thing that may take too long now: to start, to shut down, to die. */
  #patience: NodeJS.Timeout | undefined;
  #exited = false;

  constructor(plan: ThreadPlan, number: number, user: ThreadUser, keeper: ThreadKeeper) {
    this.number = number;
    this.#plan = plan;
    this.#user = user;
    this.#keeper = keeper;
    const { resourceLimits, memoryLimitKib } = plan;
    this.#worker = new Worker(HOST, {
      name: `lovage-${number}`,
      ...(resourceLimits ? { resourceLimits } : {}),
    });
    this.#worker.on('error', (error) => this.#blame(errorDetails(error)));
    this.#worker.once('exit', (code) => this.#exit(code));
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#port.on('message', (bytes: Uint8Array) => this.#hear(deserialize(bytes)));
    this.#worker.postMessage(port2, [port2]);
    this.#wait(plan.startTimeoutMs, () => {
      this.#blame({ name: 'Error', message: `not ready within ${plan.startTimeoutMs / 1000} s` });
      void this.#worker.terminate();
    });
    this.send({
      kind: 'init',
      entry: plan.entry,
      data: plan.data,
      number,
      ...(memoryLimitKib === undefined ? {} : { memoryLimitKib }),
    });
  }

  /**
   * The same serialization as between processes: a port's own would copy, with a few bytes of a Buffer,
   * the whole block of memory that they are part of.
   * @throws DataCloneError when the message holds what cannot be cloned.
   */
  send(message: ToThread): void {
    const bytes = serialize(message);
    this.#port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
  }

  /** In good order: `shutdown` of the entry, then exit. Between jobs only. */
  end(): void {
    this.#user = undefined;
    this.send({ kind: 'end' });
    this.#wait(this.#plan.shutdownTimeoutMs, () => this.kill());
  }

  /** At once, also in the middle of a loop. */
  kill(): void {
    this.#user = undefined;
    void this.#worker.terminate();
    this.#wait(KILL_MS, () => this.#finish('does not end although it was terminated'));
  }

  #hear(message: FromThread): void {
    if (message.kind === 'fault') {
      this.#blame(message.error);
      // These were its last words. It must not be given another job while it takes its leave.
      this.#lose('');
      this.#wait(KILL_MS, () => this.kill());
    } else if (message.kind === 'ready') {
      if (!this.#user) return;
      clearTimeout(this.#patience);
      this.#user.onReady();
    } else {
      this.#user?.onMessage(message);
    }
  }

  #blame(error: ErrorDetails): void {
    this.#error = error;
    this.#keeper.onFault(this, error);
  }

  #exit(code: number): void {
    // Its last words may not have been delivered yet: no order is promised between them and this event.
    for (let last = receiveMessageOnPort(this.#port); last; last = receiveMessageOnPort(this.#port)) {
      this.#hear(deserialize(last.message));
    }
    this.#finish(`exit code ${code}`);
  }

  #finish(exit: string): void {
    if (this.#exited) return;
    this.#exited = true;
    clearTimeout(this.#patience);
    this.#port.close();
    this.#keeper.onExit(this, this.#end(exit));
    this.#lose(exit);
  }

  /** Its user has it no more. @param exit where no error ended it */
  #lose(exit: string): void {
    const user = this.#user;
    this.#user = undefined;
    user?.onLost(this.#end(exit));
  }

  #end(exit: string): ThreadEnd {
    const error = this.#error;
    return error ? { detail: `${error.name}: ${error.message}`, error } : { detail: exit };
  }

  #wait(ms: number, onTooLong: () => void): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(onTooLong, ms);
  }
}
