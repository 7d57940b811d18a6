import {
  type Binding,
  type Broker,
  type BrokerTraits,
  type ConsumeOptions,
  type Consumer,
  type DelayedMessage,
  DriverError,
  type Envelope,
  type OutgoingMessage,
  type QueueDepth,
  type QueueSpec,
} from '@lovage/contracts';
import { pullConsumer } from '@lovage/contracts/kit';
import type { Command } from '../connection/client.ts';
import { readBindings } from './bindings.ts';
import { countClaimed } from './claimed.ts';
import { type ClaimParts, RedisClaims } from './claims.ts';
import { readElement } from './entry.ts';
import { HASTEN, HASTEN_LIMIT } from './lua/hasten.ts';
import { PURGE } from './lua/purge.ts';
import { TRIM } from './lua/trim.ts';
import { Publisher } from './publisher.ts';

/** Redis does all that is asked of a broker in one script, results included. */
const TRAITS: BrokerTraits = {
  lease: 'timed',
  priorities: true,
  unprioritised: 'first',
  delayPrecisionMs: 50,
  atomicFollowUps: true,
  atomicResults: true,
  seesHidden: true,
  countsCrashes: true,
  foreignPeers: true,
};

/** Queues in kombu's layout, shared with Python's producers and workers. */
export class RedisBroker implements Broker {
  readonly traits = TRAITS;
  readonly #parts: ClaimParts;
  readonly #publisher: Publisher;
  readonly #consumers = new Set<Consumer>();
  /** What has been declared on the present connection. */
  readonly #declared = new Set<string>();
  readonly #onClose: () => void;
  #closed = false;

  constructor(parts: ClaimParts, onClose: () => void) {
    this.#parts = parts;
    this.#onClose = onClose;
    this.#publisher = new Publisher(parts.connection, parts.layout);
    parts.connection.onLoss(() => this.#declared.clear());
  }

  async declare(queues: readonly QueueSpec[]): Promise<void> {
    this.#refuseAfterClose();
    const { layout, connection } = this.#parts;
    const fresh = queues.filter((queue) => !this.#declared.has(markOf(queue)));
    const commands: Command[] = fresh.flatMap(({ name, deadLetter }) => [
      ['SADD', layout.exchange(name), layout.binding(name, name)],
      ...(deadLetter === undefined ? [] : [['HSET', layout.deadLetters, name, deadLetter]]),
    ]);
    await connection.sendAll(commands, { repeatable: true });
    for (const queue of fresh) this.#declared.add(markOf(queue));
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    this.#refuseAfterClose();
    return this.#publisher.publish(messages);
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#refuseAfterClose();
    const claims = new RedisClaims(this.#parts, options);
    await claims.join();
    const consumer = pullConsumer(claims, options, {
      log: this.#parts.log,
      onClose: () => this.#consumers.delete(consumer),
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  async depth(queues: readonly string[]): Promise<readonly QueueDepth[]> {
    this.#refuseAfterClose();
    const { layout, connection } = this.#parts;
    const keys = queues.map((queue) => layout.queue(queue));
    const commands = keys.flatMap(({ lists, delayed }) => [
      ['ZCARD', delayed],
      ...lists.map((list) => ['LLEN', list]),
    ]);
    const counts = (await connection.sendAll(commands, { repeatable: true })).map(Number);
    const claimed = await countClaimed(connection, layout);
    return keys.map(({ name, lists }) => {
      const [delayed = 0, ...ready] = counts.splice(0, lists.length + 1);
      const sum = ready.reduce((total, each) => total + each, 0);
      return { queue: name, ready: sum, delayed, claimed: claimed.get(name) ?? 0 };
    });
  }

  async peek(queue: string, limit: number): Promise<readonly Envelope[]> {
    this.#refuseAfterClose();
    if (limit <= 0) return [];
    const { layout, connection } = this.#parts;
    const commands = layout.queue(queue).lists.map((list) => ['LRANGE', list, String(-limit), '-1']);
    const found = await connection.sendAll(commands, { buffers: true, repeatable: true });
    const messages = found.flatMap((list) => (list as readonly Buffer[]).toReversed());
    return messages.slice(0, limit).map((raw) => readElement(raw).envelope);
  }

  async delayed(queue: string, limit: number): Promise<readonly DelayedMessage[]> {
    this.#refuseAfterClose();
    if (limit <= 0) return [];
    const { layout, connection } = this.#parts;
    const command = ['ZRANGE', layout.queue(queue).delayed, '0', String(limit - 1), 'WITHSCORES'];
    const found = (await connection.send(command, { buffers: true, repeatable: true })) as [Buffer, number][];
    // Before the message stands the digit of its list.
    return found.map(([member, due]) => ({
      envelope: readElement(member.subarray(1)).envelope,
      notBefore: due,
    }));
  }

  async hasten(queue: string, limit: number): Promise<number> {
    this.#refuseAfterClose();
    const { delayed, lists } = this.#parts.layout.queue(queue);
    let hastened = 0;
    while (hastened < limit) {
      const wanted = Math.min(limit - hastened, HASTEN_LIMIT);
      const found = Number(await HASTEN.run(this.#parts.connection, [delayed, ...lists], [String(wanted)]));
      hastened += found;
      if (found < wanted) break;
    }
    return hastened;
  }

  async purge(queue: string): Promise<number> {
    this.#refuseAfterClose();
    const { delayed, lists } = this.#parts.layout.queue(queue);
    return Number(await PURGE.run(this.#parts.connection, [delayed, ...lists], []));
  }

  async trim(queue: string, keep: number): Promise<number> {
    this.#refuseAfterClose();
    const { lists } = this.#parts.layout.queue(queue);
    return Number(await TRIM.run(this.#parts.connection, lists, [String(Math.max(0, keep))]));
  }

  async bindings(): Promise<readonly Binding[]> {
    this.#refuseAfterClose();
    return readBindings(this.#parts.connection, this.#parts.layout);
  }

  /** Close the consumers: what they hold goes back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closing = await Promise.allSettled([...this.#consumers].map((consumer) => consumer.close()));
    for (const each of closing) if (each.status === 'rejected') this.#parts.log('warn', String(each.reason));
    this.#onClose();
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this broker has been closed');
  }
}

const markOf = ({ name, deadLetter }: QueueSpec): string => JSON.stringify([name, deadLetter]);
