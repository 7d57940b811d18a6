import type { Envelope } from '@lovage/contracts';
import type { Settings } from './config/settings.ts';
import type { TaskRequest } from './execution/request.ts';
import type { Logger } from './logger/logger.ts';

/** Who a signal is about: a task by name or as it is, a worker by its host name. */
export type Sender = string | { readonly name: string };

/** Told of a signal. What it throws, or rejects with, is logged and goes no further. */
export type Receiver<Payload> = (payload: Payload, sender: string | null) => unknown;

interface Connection<Payload> {
  readonly receiver: Receiver<Payload>;
  readonly sender: string | undefined;
}

const nothing = Promise.resolve();

/**
 * Something that happens, for whoever wants to know.
 *
 * @example
 * app.signals.taskFailure.connect(({ taskId, exception }) => report(taskId, exception), { sender: 'shop.pay' });
 */
export class Signal<Payload> {
  readonly name: string;
  readonly #log: () => Logger;
  #connections: readonly Connection<Payload>[] = [];

  constructor(name: string, log: () => Logger) {
    this.name = name;
    this.#log = log;
  }

  /** How many receivers there are. Senders on a hot path ask first. */
  get size(): number {
    return this.#connections.length;
  }

  /** Call `receiver` from now on, for every sender or for one. Answers a function that disconnects it. */
  connect(receiver: Receiver<Payload>, options: { readonly sender?: Sender } = {}): () => void {
    const connection = { receiver, sender: senderName(options.sender) };
    this.#connections = [...this.#connections, connection];
    return () => {
      this.#connections = this.#connections.filter((other) => other !== connection);
    };
  }

  /** True if it was connected. */
  disconnect(receiver: Receiver<Payload>, options: { readonly sender?: Sender } = {}): boolean {
    const sender = senderName(options.sender);
    const kept = this.#connections.filter((other) => other.receiver !== receiver || other.sender !== sender);
    const found = kept.length < this.#connections.length;
    this.#connections = kept;
    return found;
  }

  /** Calls the receivers in the order they connected, each after the one before is done. Never rejects. */
  send(sender: string | null, payload: Payload): Promise<void> {
    return this.#connections.length === 0 ? nothing : this.#deliver(this.#connections, sender, payload);
  }

  async #deliver(
    connections: readonly Connection<Payload>[],
    sender: string | null,
    payload: Payload,
  ): Promise<void> {
    for (const { receiver, sender: wanted } of connections) {
      if (wanted !== undefined && wanted !== sender) continue;
      try {
        await receiver(payload, sender);
      } catch (error) {
        this.#log().error(`a receiver of the signal ${this.name} failed`, { err: error });
      }
    }
  }
}

const senderName = (sender: Sender | undefined): string | undefined =>
  typeof sender === 'object' ? sender.name : sender;

/** What `beforeTaskPublish` may change before a message leaves. */
export interface PublishingTask {
  readonly body: { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> };
  readonly exchange: string;
  readonly routingKey: string;
  /** The headers of the message: add to them, or change them. */
  readonly headers: Record<string, unknown>;
  readonly properties: { priority?: number; correlationId?: string; replyTo?: string };
}

export interface PublishedTask {
  readonly body: { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> };
  readonly headers: Readonly<Record<string, unknown>>;
  readonly exchange: string;
  readonly routingKey: string;
}

interface TaskRun {
  readonly taskId: string;
  readonly task: { readonly name: string };
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/**
 * The payload of every signal: Celery's signals and arguments (wire spec, section 12) in camelCase.
 * The sender of a task's signal is the task's name; of a worker's signal, its host name.
 */
export interface SignalPayloads {
  /** Before a call leaves; receivers may change its headers. */
  readonly beforeTaskPublish: PublishingTask;
  /** The broker has it. */
  readonly afterTaskPublish: PublishedTask;

  /** The worker has it and will run it. */
  readonly taskReceived: { readonly request: TaskRequest };
  /** About to run. Awaited: the task starts when all receivers are done. */
  readonly taskPrerun: TaskRun;
  /** Ran, however it ended. Awaited. */
  readonly taskPostrun: TaskRun & { readonly retval: unknown; readonly state: string };
  readonly taskSuccess: { readonly result: unknown; readonly request: TaskRequest };
  readonly taskRetry: { readonly request: TaskRequest; readonly reason: unknown; readonly einfo: string };
  readonly taskFailure: {
    readonly taskId: string;
    readonly exception: unknown;
    readonly args: readonly unknown[];
    readonly kwargs: Readonly<Record<string, unknown>>;
    readonly traceback: string | null;
  };
  /** Something around the task broke, not the task. */
  readonly taskInternalError: {
    readonly taskId: string;
    readonly request: TaskRequest;
    readonly exception: unknown;
  };
  readonly taskRevoked: {
    readonly request: TaskRequest;
    readonly terminated: boolean;
    readonly signum: string | number | null;
    readonly expired: boolean;
  };
  /** A message that cannot be read. */
  readonly taskRejected: { readonly message: Envelope; readonly exc: unknown };
  /** A message for a task that is not registered here. */
  readonly taskUnknown: {
    readonly message: Envelope;
    readonly exc: unknown;
    readonly name: string;
    readonly id: string;
  };

  /** `lovage worker` starts. */
  readonly celerydInit: { readonly instance: unknown; readonly conf: Settings };
  readonly celerydAfterSetup: { readonly instance: unknown; readonly conf: Settings };
  readonly workerInit: Readonly<Record<string, unknown>>;
  /** Claiming has begun. */
  readonly workerReady: Readonly<Record<string, unknown>>;
  /** Asked to stop. */
  readonly workerShuttingDown: {
    readonly how: 'warm' | 'cold';
    /** The process signal that asked for it, and the exit code that follows; absent when the program did. */
    readonly sig?: string;
    readonly exitcode?: number;
  };
  readonly workerShutdown: Readonly<Record<string, unknown>>;
  /** In the worker, before a child starts. */
  readonly workerBeforeCreateProcess: Readonly<Record<string, unknown>>;
  /** In each child, before its first task. Awaited. */
  readonly workerProcessInit: Readonly<Record<string, unknown>>;
  readonly workerProcessShutdown: { readonly pid: number; readonly exitcode: number };
  readonly heartbeatSent: Readonly<Record<string, unknown>>;
  /** A beat is about to run, by itself or in a worker. Awaited. */
  readonly beatInit: { readonly instance: unknown };
  /** After it, where the beat runs in a worker's process (`worker -B`). Awaited. */
  readonly beatEmbeddedInit: { readonly instance: unknown };
  /** Before the modules with tasks are imported. */
  readonly importModules: Readonly<Record<string, unknown>>;
}

const NAMES: { readonly [Name in keyof SignalPayloads]: true } = {
  beforeTaskPublish: true,
  afterTaskPublish: true,
  taskReceived: true,
  taskPrerun: true,
  taskPostrun: true,
  taskSuccess: true,
  taskRetry: true,
  taskFailure: true,
  taskInternalError: true,
  taskRevoked: true,
  taskRejected: true,
  taskUnknown: true,
  celerydInit: true,
  celerydAfterSetup: true,
  workerInit: true,
  workerReady: true,
  workerShuttingDown: true,
  workerShutdown: true,
  workerBeforeCreateProcess: true,
  workerProcessInit: true,
  workerProcessShutdown: true,
  heartbeatSent: true,
  beatInit: true,
  beatEmbeddedInit: true,
  importModules: true,
};

/** Every signal of one app. */
export type Signals = { readonly [Name in keyof SignalPayloads]: Signal<SignalPayloads[Name]> };

export function createSignals(log: () => Logger): Signals {
  const entries = Object.keys(NAMES).map((name) => [name, new Signal(name, log)]);
  return Object.fromEntries(entries) as Signals;
}
