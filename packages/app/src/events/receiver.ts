import type { BusListener, BusMessage } from '@lovage/contracts';
import { DecodeError } from '@lovage/contracts';
import type { EventDocument, LamportClock } from '@lovage/protocol';
import { readEvents } from '@lovage/protocol';
import { InvalidCall } from '../errors.ts';
import type { Logger } from '../logger/logger.ts';
import { utcOffsetHours } from './origin.ts';

/** An event as receivers hand it out. */
export interface ReceivedEvent extends EventDocument {
  /** When it came in here, epoch seconds. */
  readonly local_received: number;
  readonly clock: number;
}

export interface ReceiverOptions {
  /** Told of each event, in the order in which they came. A promise that it answers is not waited for. */
  readonly onEvent: (event: ReceivedEvent) => unknown;
  /** Only these types: 'task-failed', or whole groups, as 'worker-*'. Default: all. */
  readonly types?: readonly string[];
  /** Told of what `onEvent` throws, and of messages that are no events. Default: it is logged, each reason once. */
  readonly onError?: (error: Error) => void;
  /** Ask workers for a heartbeat at the start, so that they are known at once. Default true. */
  readonly wakeup?: boolean;
  /**
   * Shift timestamps by the difference of time zones, as Celery's receiver does. Default false: timestamps are UTC
   * whatever zone their sender lives in, and shifting makes them wrong by hours.
   */
  readonly localize?: boolean;
}

/** Reasons that are remembered as said. */
const MAX_REASONS = 100;

/** Hears events of one app's bus; `app.events.receiver` makes it. */
export class EventReceiver {
  readonly #options: ReceiverOptions;
  readonly #clock: LamportClock;
  readonly #log: Logger;
  readonly #wanted: (type: string) => boolean;
  readonly #said = new Set<string>();
  readonly #onClose: () => void;
  #listener: BusListener | undefined;
  #closed = false;

  /** @throws InvalidCall for options that are wrong */
  constructor(options: ReceiverOptions, clock: LamportClock, log: Logger, onClose: () => void) {
    if (typeof options?.onEvent !== 'function') {
      throw new InvalidCall('a receiver of events needs onEvent, a function that takes an event');
    }
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#wanted = wanted(options.types);
    this.#onClose = onClose;
  }

  /** What it listens with; for a receiver that was closed meanwhile, that ends too. */
  async attach(listener: BusListener): Promise<void> {
    this.#listener = listener;
    if (this.#closed) await listener.close();
  }

  /** Takes a message of the bus. */
  readonly hear = (message: BusMessage): void => {
    if (this.#closed) return;
    const receivedMs = Date.now();
    for (const event of this.#read(message)) {
      if (this.#closed) return;
      const received = this.#stamp(event, receivedMs);
      if (this.#wanted(event.type)) this.#tell(received);
    }
  };

  /** Nothing is told afterwards. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    await this.#listener?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read(message: BusMessage): readonly EventDocument[] {
    try {
      return readEvents(message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#fail(error, 'what came as an event was left out');
      return [];
    }
  }

  #stamp(event: EventDocument, receivedMs: number): ReceivedEvent {
    const clock = this.#clockOf(event);
    return { ...event, timestamp: this.#timestampOf(event), clock, local_received: receivedMs / 1000 };
  }

  /** Clients have clocks of their own, which nobody adjusts: a call is dated by who hears of it, as in Celery. */
  #clockOf({ type, clock }: EventDocument): number {
    if (type === 'task-sent') {
      const before = (this.#clock.value || 1) - 1;
      this.#clock.adjust(before);
      return before;
    }
    if (typeof clock !== 'number') return this.#clock.forward();
    this.#clock.adjust(clock);
    return clock;
  }

  #timestampOf({ timestamp, utcoffset }: EventDocument): number {
    if (!this.#options.localize || typeof utcoffset !== 'number') return timestamp;
    return timestamp - (utcoffset - utcOffsetHours()) * 3600;
  }

  #tell(event: ReceivedEvent): void {
    const what = `a receiver of ${event.type} failed`;
    const failed = (error: unknown) =>
      this.#fail(error instanceof Error ? error : new Error(String(error)), what);
    try {
      const answer = this.#options.onEvent(event);
      if (answer instanceof Promise) answer.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #fail(error: Error, what: string): void {
    const { onError } = this.#options;
    try {
      if (onError) onError(error);
      else this.#say(what, error);
    } catch (failure) {
      this.#say('a receiver’s onError failed', failure as Error);
    }
  }

  #say(what: string, error: Error): void {
    const reason = `${what}: ${error.message}`;
    if (this.#said.has(reason) || this.#said.size >= MAX_REASONS) return;
    this.#said.add(reason);
    this.#log.warn(reason, { err: error });
  }
}

function wanted(types: readonly string[] | undefined): (type: string) => boolean {
  if (types === undefined) return () => true;
  if (!Array.isArray(types) || types.length === 0 || !types.every((type) => typeof type === 'string')) {
    throw new InvalidCall("types must be a list of types of events, as ['task-failed', 'worker-*']");
  }
  const exact = new Set(types);
  const groups = types.filter((type) => type.endsWith('*')).map((type) => type.slice(0, -1));
  return (type) => exact.has(type) || groups.some((group) => type.startsWith(group));
}
