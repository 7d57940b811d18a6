import type { BusListener, BusMessage, EventBus } from '@lovage/contracts';
import { DecodeError } from '@lovage/contracts';
import type { ControlReply, ControlReplyAddress, LamportClock } from '@lovage/protocol';
import { REPLY_EXCHANGE, readControlReply, replyChannel } from '@lovage/protocol';
import type { Logger } from '../logger/logger.ts';

/** How long the listener stays after the last request: a monitor asks every few seconds. */
const IDLE_MS = 10_000;

export interface ReplyListenerOptions {
  readonly bus: EventBus;
  /** The address of this app, unlike any other's. */
  readonly oid: string;
  readonly clock: LamportClock;
  readonly log: Logger;
  /** For tests. Default 10 s. */
  readonly idleMs?: number;
}

type Heard = (reply: ControlReply) => void;

/**
 * Where the answers to all requests of one app come in: one subscription, told apart by tickets. It opens with
 * the first request and closes when nobody has asked for a while, so that no queue is left behind on the broker.
 */
export class ReplyListener {
  readonly #options: ReplyListenerOptions;
  readonly #waiting = new Map<string, Heard>();
  #open: Promise<BusListener> | undefined;
  /** Opening again waits for it: closing removes the queue that opening makes. */
  #closing: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #unreadable = false;

  constructor(options: ReplyListenerOptions) {
    this.#options = options;
  }

  /** Requests that wait for answers. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** What a request says of where its answers go. */
  address(ticket: string): ControlReplyAddress {
    return { ticket, exchange: REPLY_EXCHANGE, routingKey: this.#options.oid };
  }

  /**
   * Resolves once answers with this ticket are heard; the function that it answers ends that.
   * @throws DriverError while the broker is away
   */
  async expect(ticket: string, heard: Heard): Promise<() => void> {
    clearTimeout(this.#idle);
    this.#waiting.set(ticket, heard);
    const forget = () => {
      this.#waiting.delete(ticket);
      if (this.#waiting.size === 0) this.#closeWhenIdle();
    };
    try {
      await this.#listen();
    } catch (error) {
      forget();
      throw error;
    }
    return forget;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#waiting.clear();
    this.#stop();
    await this.#closing;
  }

  #listen(): Promise<BusListener> {
    this.#open ??= this.#start().catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  async #start(): Promise<BusListener> {
    await this.#closing;
    const { bus } = this.#options;
    return bus.listen(replyChannel(this.address('')), (message) => this.#hear(message));
  }

  #hear(message: BusMessage): void {
    for (const reply of this.#read(message)) {
      this.#options.clock.adjust(reply.clock);
      this.#heardBy(reply)?.(reply);
    }
  }

  /** An answer without a ticket is for whoever asks, if that is one. Others came too late, and are for nobody. */
  #heardBy({ ticket }: ControlReply): Heard | undefined {
    if (ticket !== undefined) return this.#waiting.get(ticket);
    return this.#waiting.size === 1 ? [...this.#waiting.values()][0] : undefined;
  }

  #read(message: BusMessage): readonly ControlReply[] {
    try {
      return readControlReply(message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (!this.#unreadable) this.#options.log.warn(`an answer was left out: ${error.message}`);
      this.#unreadable = true;
      return [];
    }
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#stop(), this.#options.idleMs ?? IDLE_MS);
    // A program that is done need not wait for it: closing the app closes the listener.
    this.#idle.unref();
  }

  #stop(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    this.#closing = open
      .then((listener) => listener.close())
      .catch((error: Error) => {
        this.#options.log.warn(`cannot remove the queue of answers: ${error.message}`);
      });
  }
}
