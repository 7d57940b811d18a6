import { DriverError } from '@lovage/contracts';
import type { Channel, ConsumeMessage, Message } from 'amqplib';
import type { Link } from '../connection/link.ts';
import { envelopeOf, HELD_PREFIX, heldMark, type Marks, wayOf } from '../wire/message.ts';
import type { Move } from './arrived.ts';
import type { Grip, Held } from './grip.ts';
import type { Publisher } from './publisher.ts';

/** A message that nobody holds any more goes back to its queue after this. */
const BACK_AFTER_MS = 2_000;
/** A queue that nobody uses any more is gone after this. */
const GONE_AFTER_MS = 600_000;

/** What marks begin with: of what left its place to come here, and of what has not left it yet. */
const MOVED = 'moved-';
const COPIED = 'copied-';

const GONE: Grip = { isOurs: () => false, answer: () => false, returns: false, buries: false };

interface Moving {
  readonly held: Held;
  readonly queue: string;
  readonly marks: Marks & { readonly held: string };
  readonly arrival: Promise<ConsumeMessage>;
}

export interface HoldingParts {
  readonly link: Link;
  readonly publisher: Publisher;
  /** Answers whether they have moved; otherwise they are no longer ours. */
  readonly move: (moves: readonly Move[]) => Promise<boolean>;
  /** What was held through it is no longer ours. */
  readonly onLoss: () => void;
}

/**
 * Holds what takes longer than RabbitMQ waits for an answer (`consumer_timeout`): it would close the channel and give
 * everything on it to others, while it still runs here. So in good time the message is moved into a queue of this
 * consumer alone and comes to it from there, as often as it takes; RabbitMQ waits anew each time. Should this process
 * die, the message is ready in that queue, where its time is over, and so returns to the one it came from.
 */
export class Holding {
  readonly #parts: HoldingParts;
  readonly #id = crypto.randomUUID();
  /** By queue that they stand in for. */
  readonly #queues = new Map<string, Promise<string>>();
  /** By name of a queue of ours. */
  readonly #sources = new Map<string, string>();
  readonly #expected = new Map<string, (message: ConsumeMessage) => void>();
  #made = 0;
  #channel: Promise<Channel> | undefined;
  #live: Channel | undefined;

  constructor(parts: HoldingParts) {
    this.#parts = parts;
  }

  /** Hold messages through here from now on. Afterwards each is, or it is held as before, or no longer ours. */
  async take(all: readonly Held[]): Promise<void> {
    const channel = await this.#open();
    const queues = await Promise.all(all.map(({ delivery }) => this.#queueFor(channel, delivery.queue)));
    const moves = all.map((held, at) => this.#prepare(held, queues[at]!));
    try {
      await Promise.all([this.#move(moves), this.#copy(moves)]);
      await Promise.all(moves.map((move) => this.#arrived(channel, move)));
    } finally {
      for (const { marks } of moves) this.#expected.delete(marks.held);
    }
  }

  /** A message came back whose queue here was deleted while it moved. */
  async bringHome(message: Message): Promise<void> {
    const source = this.#sources.get(message.fields.routingKey);
    if (source === undefined) return;
    const marks = { deliveries: wayOf(message, true).deliveries, redelivered: true };
    await this.#parts.publisher.publish([{ queue: source, envelope: envelopeOf(message), marks }]);
  }

  #prepare(held: Held, queue: string): Moving {
    const { deliveries, redelivered } = held.delivery;
    const prefix = held.grip.arrived ? MOVED : COPIED;
    const marks = { deliveries, redelivered, held: `${prefix}${crypto.randomUUID()}` };
    const arrival = Promise.withResolvers<ConsumeMessage>();
    this.#expected.set(marks.held, arrival.resolve);
    return { held, queue, marks, arrival: arrival.promise };
  }

  async #move(moves: readonly Moving[]): Promise<void> {
    const moved = moves.flatMap(({ held, queue, marks }) => {
      const { arrived } = held.grip;
      return arrived ? [{ arrived, to: { queue, envelope: held.delivery.envelope, marks } }] : [];
    });
    if (moved.length > 0 && !(await this.#parts.move(moved)))
      throw new DriverError('unavailable', 'what was to be moved is no longer ours');
  }

  /** From one queue of our own into another: that is long after the last time, and no reason for a transaction. */
  async #copy(moves: readonly Moving[]): Promise<void> {
    const copies = moves.filter(({ held }) => !held.grip.arrived);
    await this.#parts.publisher.publish(
      copies.map(({ held, queue, marks }) => ({ queue, envelope: held.delivery.envelope, marks })),
    );
  }

  async #arrived(channel: Channel, { held, arrival }: Moving): Promise<void> {
    const before = held.grip;
    try {
      const message = await this.#parts.link.answered(arrival);
      held.grip = this.#grip(channel, message);
      held.sinceMs = performance.now();
      if (!before.arrived) before.answer('ack');
    } catch (error) {
      // Moved, and not come: when it comes it is sent home.
      if (before.arrived) held.grip = GONE;
      throw error;
    }
  }

  /** What it holds goes back: its queues are left to their times. */
  async close(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    if (live) await this.#parts.link.answered(live.close()).catch(() => undefined);
  }

  #open(): Promise<Channel> {
    this.#channel ??= this.#connect().catch((error) => {
      this.#channel = undefined;
      throw error;
    });
    return this.#channel;
  }

  async #connect(): Promise<Channel> {
    const channel = await this.#parts.link.channel();
    this.#live = channel;
    channel.on('close', () => {
      this.#live = undefined;
      this.#channel = undefined;
      this.#queues.clear();
      this.#parts.onLoss();
    });
    return channel;
  }

  #queueFor(channel: Channel, source: string): Promise<string> {
    let queue = this.#queues.get(source);
    if (!queue) {
      queue = this.#makeQueue(channel, source);
      this.#queues.set(source, queue);
      queue.catch(() => this.#queues.delete(source));
    }
    return queue;
  }

  async #makeQueue(channel: Channel, source: string): Promise<string> {
    const { link } = this.#parts;
    this.#made += 1;
    const name = `${HELD_PREFIX}${this.#id}.${this.#made}`;
    const options = {
      durable: true,
      messageTtl: BACK_AFTER_MS,
      expires: GONE_AFTER_MS,
      deadLetterExchange: '',
      deadLetterRoutingKey: source,
    };
    await link.answered(channel.assertQueue(name, options));
    this.#sources.set(name, source);
    const hear = (message: ConsumeMessage | null): void => {
      if (!message) return;
      const mark = heldMark(message) ?? '';
      const expected = this.#expected.get(mark);
      if (expected) expected(message);
      // Its move was given up: it goes home, unless it is there still.
      else if (mark.startsWith(MOVED)) channel.nack(message, false, false);
      else channel.ack(message);
    };
    await link.answered(channel.consume(name, hear));
    return name;
  }

  #grip(channel: Channel, message: ConsumeMessage): Grip {
    const isOurs = (): boolean => this.#live === channel;
    return {
      isOurs,
      returns: false,
      buries: false,
      answer(how) {
        if (!isOurs()) return false;
        try {
          if (how === 'ack') channel.ack(message);
          else channel.nack(message, false, true);
          return true;
        } catch {
          return false;
        }
      },
    };
  }
}
