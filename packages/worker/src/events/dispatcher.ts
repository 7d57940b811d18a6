import type { Logger } from '@lovage/app';
import { utcOffsetHours } from '@lovage/app';
import type { BusMessage, EventBus } from '@lovage/contracts';
import type { EventDocument, EventOrigin, LamportClock } from '@lovage/protocol';
import { eventDocument, writeEvent, writeEventBatch } from '@lovage/protocol';

/** In one message of task events. */
const MAX_BATCH = 100;
/** Kept while the bus is slow or away; beyond it the oldest are dropped. */
const MAX_WAITING = 10_000;
/** A worker that stops waits so long for its last events to leave. */
const FLUSH_MS = 1000;

interface Waiting {
  readonly event: EventDocument;
  readonly isTask: boolean;
}

/**
 * Sends the events of one worker, in their order, without anybody waiting for them: events tell about work, they are not
 * part of it. While one message is on its way the next events gather, so that a busy worker sends few large ones.
 */
export class EventDispatcher {
  readonly #bus: EventBus;
  readonly #origin: EventOrigin;
  readonly #clock: LamportClock;
  readonly #log: Logger;
  /** Started with `-E`: then remote control does not turn them off (wire spec 8.4). */
  readonly #always: boolean;
  #enabled: boolean;
  #waiting: Waiting[] = [];
  #dropped = 0;
  #failing = false;
  #sending: Promise<void> | undefined;

  constructor(options: {
    readonly bus: EventBus;
    readonly hostname: string;
    readonly clock: LamportClock;
    readonly log: Logger;
    readonly taskEvents: boolean;
  }) {
    this.#bus = options.bus;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#always = options.taskEvents;
    this.#enabled = options.taskEvents;
    this.#origin = { hostname: options.hostname, pid: process.pid, utcoffset: utcOffsetHours() };
  }

  /** Whether events of tasks are wanted. Whoever makes them asks first: their making costs. */
  get tasksOn(): boolean {
    return this.#enabled;
  }

  /** False when they were on. */
  enable(): boolean {
    const changed = !this.#enabled;
    this.#enabled = true;
    return changed;
  }

  /** False when they were off, or cannot be turned off. */
  disable(): boolean {
    if (this.#always || !this.#enabled) return false;
    this.#enabled = false;
    return true;
  }

  /** An event of its own. */
  send(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#add(type, fields, false);
  }

  /** An event of a task: travels with others of its kind. */
  sendTask(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#add(type, fields, true);
  }

  /** Resolves when all are sent, or after a second. */
  async flush(): Promise<void> {
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FLUSH_MS);
    await Promise.race([this.#sending, enough]);
    clearTimeout(timer);
  }

  #add(type: string, fields: Readonly<Record<string, unknown>>, isTask: boolean): void {
    const stamp = { clock: this.#clock.forward(), timeMs: Date.now() };
    this.#waiting.push({ event: eventDocument(this.#origin, type, fields, stamp), isTask });
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#sending ??= this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    // One turn of the event loop, so that what happens in it travels together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#sendNext();
    this.#sending = undefined;
  }

  async #sendNext(): Promise<void> {
    const count = this.#waiting[0]!.isTask ? this.#countTasks() : 1;
    const next = this.#waiting.splice(0, count);
    try {
      await this.#bus.send('events', this.#message(next));
      this.#sayLost();
      this.#failing = false;
    } catch (error) {
      this.#dropped += count;
      if (!this.#failing) this.#log.warn('events cannot be sent and are lost meanwhile', { err: error });
      this.#failing = true;
    }
  }

  #sayLost(): void {
    if (this.#dropped === 0) return;
    const what = this.#failing ? 'events are sent again' : 'events came faster than they could be sent';
    this.#log.warn(`${what}; ${this.#dropped} were lost`);
    this.#dropped = 0;
  }

  /** How many events of tasks stand first. */
  #countTasks(): number {
    const most = Math.min(this.#waiting.length, MAX_BATCH);
    let count = 1;
    while (count < most && this.#waiting[count]!.isTask) count += 1;
    return count;
  }

  #message(next: readonly Waiting[]): BusMessage {
    const [first] = next;
    if (!first!.isTask) return writeEvent(first!.event);
    const events = next.map(({ event }) => event);
    return writeEventBatch(this.#origin.hostname, events);
  }
}
