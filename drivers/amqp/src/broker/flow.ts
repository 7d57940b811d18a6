import type { Channel, ConsumeMessage, Message } from 'amqplib';
import type { Link } from '../connection/link.ts';
import { beginTransactions, commit, hasTransactions } from '../connection/transaction.ts';
import { bodyOf, propertiesOf } from '../wire/message.ts';
import { Answers } from './answers.ts';
import type { Answered, Arrived, Move, Tap } from './arrived.ts';
import { landed, serves } from './pace.ts';
import type { Topology } from './topology.ts';

export interface FlowParts {
  readonly link: Link;
  readonly topology: Topology;
  /** Something arrived, or may have to be asked for again. */
  readonly onChange: () => void;
  /** What came through these channels is no longer ours. */
  readonly onLoss: () => void;
  /** A message that was moved into a queue that is gone. */
  readonly onReturn: (message: Message) => void;
  readonly log: (message: string) => void;
}

/**
 * What RabbitMQ pushes, made into what is pulled. It pushes only while somebody waits, and no more than he wants:
 * what is here already would be out of reach for others, and comes back marked as redelivered.
 */
export class Flow {
  readonly #parts: FlowParts;
  #queues: readonly string[];
  #channel: Channel | undefined;
  #opening: Promise<Channel> | undefined;
  #epoch = 0;
  readonly #taps = new Map<string, Tap>();
  readonly #buffers = new Map<string, Arrived[]>();
  #buffered = 0;
  /** Which queue is looked at first, so that each is at some time. */
  #turn = 0;
  /** The prefetch that the channel gives to the next consumer. */
  #credit = 0;
  readonly #answers = new Answers();
  /** What was asked on the channel, one after the other. */
  #orders: Promise<unknown> = Promise.resolve();

  constructor(parts: FlowParts, queues: readonly string[]) {
    this.#parts = parts;
    this.#queues = [...queues];
  }

  get buffered(): number {
    return this.#buffered;
  }

  /** Messages are pushed from every queue. */
  get isOpen(): boolean {
    return this.#queues.every((queue) => this.#taps.has(queue));
  }

  isOurs({ epoch }: Arrived): boolean {
    return epoch === this.#epoch && this.#channel !== undefined;
  }

  /** At most `max` of what has arrived, from each queue in turn. */
  take(max: number): Arrived[] {
    const taken: Arrived[] = [];
    while (taken.length < max && this.#buffered > 0) {
      for (const queue of this.#inTurn()) {
        const next = taken.length < max ? this.#buffers.get(queue)?.shift() : undefined;
        if (!next) continue;
        taken.push(next);
        this.#buffered -= 1;
      }
      this.#turn += 1;
    }
    return taken;
  }

  /**
   * Have up to `room` messages pushed, or, where they are settled as fast as they come, `brisk` in all, settled or not,
   * so that they come without a pause. Rejects with DriverError.
   */
  open(room: number, brisk: number | undefined): Promise<void> {
    return this.#inOrder(async () => {
      const { link, topology } = this.#parts;
      const queues = this.#inTurn();
      this.#turn += 1;
      const share = Math.max(1, Math.ceil((brisk ?? room) / queues.length));
      await topology.ensure(queues);
      const channel = await this.#connected();
      for (const queue of queues) {
        // Briskly all are open at once: a backlog in one would let the others wait.
        if ((brisk === undefined && this.#buffered >= room) || channel !== this.#channel) return;
        const tap = this.#taps.get(queue);
        if (tap && serves(tap, share, brisk !== undefined)) continue;
        await this.#shut(channel, queue);
        // What a consumer may hold is said before it begins.
        if (this.#credit !== share) await link.answered(channel.prefetch(share));
        this.#credit = share;
        await this.#consume(channel, queue, share);
        await landed();
      }
    });
  }

  /** Have nothing pushed any more, unless `wanted` says that somebody waits again. */
  shut(wanted: () => boolean): Promise<void> {
    return this.#inOrder(async () => {
      // Who waits again at once finds everything as it was.
      await landed();
      for (const queue of [...this.#taps.keys()]) {
        if (this.#channel && !wanted()) await this.#shut(this.#channel, queue);
      }
    });
  }

  /** Resolves when nothing is under way that would change what is pushed. */
  async settled(): Promise<void> {
    await this.#orders.catch(() => undefined);
  }

  /** Consume from other queues. What has arrived from those that are left is answered, to be given back. */
  async redirect(queues: readonly string[]): Promise<readonly Arrived[]> {
    const gone = this.#queues.filter((queue) => !queues.includes(queue));
    this.#queues = [...queues];
    await this.#inOrder(async () => {
      for (const queue of gone) if (this.#channel) await this.#shut(this.#channel, queue);
    });
    return gone.flatMap((queue) => this.#drain(queue));
  }

  /** All that has arrived and was not taken. */
  drain(): readonly Arrived[] {
    return [...this.#buffers.keys()].flatMap((queue) => this.#drain(queue));
  }

  /** Say what has become of a message: RabbitMQ is told with the next `heard`. Answers whether it can be told. */
  answer(arrived: Arrived, how: Answered['how']): boolean {
    if (!this.isOurs(arrived)) return false;
    arrived.tap.unsettled -= 1;
    this.#answers.add({ arrived, how });
    return true;
  }

  /**
   * Move messages into other queues. Whatever ends in the middle of it, each stands in one place. Answers whether it is
   * done: otherwise they are no longer ours.
   */
  move(moves: readonly Move[]): Promise<boolean> {
    return this.#inOrder(async () => {
      const channel = this.#channel;
      if (!channel || !moves.every(({ arrived }) => this.isOurs(arrived))) return false;
      const { link, log } = this.#parts;
      try {
        await link.answered(beginTransactions(channel));
        for (const { arrived, to } of moves) {
          const properties = { ...propertiesOf(to.envelope, to.marks), mandatory: true };
          channel.publish('', to.queue, bodyOf(to.envelope), properties);
          arrived.tap.unsettled -= 1;
          this.#answers.leave(arrived);
          channel.ack(arrived.message);
        }
        await link.answered(commit(channel));
        return channel === this.#channel;
      } catch (error) {
        // Nobody knows on which side of it they are: RabbitMQ shall decide.
        log(`gives up its channel: ${String(error)}`);
        this.#lose(channel);
        void channel.close().catch(() => undefined);
        return false;
      }
    });
  }

  /** Resolves once RabbitMQ has heard all answers, or it is known that this cannot be known. */
  async heard(): Promise<void> {
    const channel = this.#channel;
    if (!channel) return;
    const { link } = this.#parts;
    await this.#inOrder(async () => {
      if (channel !== this.#channel) return;
      this.#answers.tell(channel);
      if (hasTransactions(channel)) return await link.answered(commit(channel));
      // Any question will do: it is answered after everything before it.
      await link.answered(channel.prefetch(this.#credit || 1));
      this.#credit ||= 1;
    }).catch(() => undefined);
  }

  /** RabbitMQ gives all that is not settled to others. */
  async close(): Promise<void> {
    await this.settled();
    const channel = this.#channel;
    if (!channel) return;
    this.#lose(channel);
    await this.#parts.link.answered(channel.close()).catch(() => undefined);
  }

  #inTurn(): readonly string[] {
    const at = this.#queues.length === 0 ? 0 : this.#turn % this.#queues.length;
    return [...this.#queues.slice(at), ...this.#queues.slice(0, at)];
  }

  #inOrder<T>(order: () => Promise<T>): Promise<T> {
    const done = this.#orders.then(order, order);
    this.#orders = done.catch(() => undefined);
    return done;
  }

  #connected(): Promise<Channel> {
    if (this.#channel) return Promise.resolve(this.#channel);
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #connect(): Promise<Channel> {
    const channel = await this.#parts.link.channel();
    this.#epoch += 1;
    this.#channel = channel;
    this.#credit = 0;
    channel.on('error', (error) => this.#parts.log(`lost its channel: ${error.message}`));
    channel.on('close', () => this.#lose(channel));
    channel.on('return', (message: Message) => this.#parts.onReturn(message));
    return channel;
  }

  async #consume(channel: Channel, queue: string, credit: number): Promise<void> {
    const tag = `lovage.${crypto.randomUUID()}`;
    const tap: Tap = { queue, tag, credit, unsettled: 0 };
    this.#taps.set(queue, tap);
    const epoch = this.#epoch;
    const hear = (message: ConsumeMessage | null): void => {
      if (channel !== this.#channel) return;
      if (message) this.#arrive({ queue, message, epoch, tap });
      else this.#cancelled(tap);
    };
    try {
      await this.#parts.link.answered(channel.consume(queue, hear, { consumerTag: tag }));
    } catch (error) {
      if (this.#taps.get(queue) === tap) this.#taps.delete(queue);
      this.#parts.topology.forget(queue);
      throw error;
    }
  }

  #arrive(arrived: Arrived): void {
    arrived.tap.unsettled += 1;
    this.#answers.arrived(arrived);
    this.#buffered += 1;
    const buffer = this.#buffers.get(arrived.queue);
    if (buffer) buffer.push(arrived);
    else this.#buffers.set(arrived.queue, [arrived]);
    this.#parts.onChange();
  }

  /** RabbitMQ ended it: its queue was deleted, say. */
  #cancelled(tap: Tap): void {
    if (this.#taps.get(tap.queue) === tap) this.#taps.delete(tap.queue);
    this.#parts.topology.forget(tap.queue);
    this.#parts.onChange();
  }

  async #shut(channel: Channel, queue: string): Promise<void> {
    const tap = this.#taps.get(queue);
    if (!tap) return;
    await this.#parts.link.answered(channel.cancel(tap.tag));
    if (this.#taps.get(queue) === tap) this.#taps.delete(queue);
  }

  #drain(queue: string): readonly Arrived[] {
    const buffer = this.#buffers.get(queue) ?? [];
    this.#buffers.delete(queue);
    this.#buffered -= buffer.length;
    return buffer;
  }

  #lose(channel: Channel): void {
    if (channel !== this.#channel) return;
    this.#channel = undefined;
    this.#taps.clear();
    this.#answers.clear();
    this.#buffers.clear();
    this.#buffered = 0;
    this.#parts.onLoss();
    this.#parts.onChange();
  }
}
