import assert from 'node:assert/strict';
import type { Broker, ConsumeOptions, Consumer, Delivery } from '../../src/index.ts';
import type { ExamCase } from '../exam.ts';
import { PATIENCE_MS, within } from '../waiting.ts';
import { bodyOf, done, messages } from './messages.ts';
import type { BrokerWorld } from './world.ts';

/** Short, for cases that wait until it lapses. */
export const LEASE_MS = 300;
/** For cases in which nothing may lapse. */
export const LONG_LEASE_MS = 60_000;

/** Where one case works: a broker, a queue, and the consumers it opens, all closed afterwards. */
export class Room {
  readonly world: BrokerWorld;
  readonly broker: Broker;
  /** Declared, empty. */
  readonly queue: string;
  readonly #consumers: Consumer[] = [];

  constructor(world: BrokerWorld, broker: Broker, queue: string) {
    this.world = world;
    this.broker = broker;
    this.queue = queue;
  }

  async consume(more: Partial<ConsumeOptions> = {}, broker = this.broker): Promise<Consumer> {
    const consumer = await broker.consume({
      consumer: crypto.randomUUID(),
      queues: [this.queue],
      prefetch: 100,
      leaseMs: LONG_LEASE_MS,
      ...more,
    });
    this.#consumers.push(consumer);
    return consumer;
  }

  async consumeElsewhere(more: Partial<ConsumeOptions> = {}): Promise<Consumer> {
    return this.consume(more, await this.world.connect());
  }

  /** Publish plain messages to the queue, in one call. */
  async publish(...bodies: readonly (string | number)[]): Promise<void> {
    await this.broker.publish(messages(this.queue, bodies));
  }

  async closeConsumers(): Promise<void> {
    await Promise.allSettled(this.#consumers.map((consumer) => consumer.close()));
  }
}

/** A case that works in a room. */
export function brokerCase(
  name: string,
  body: (room: Room) => Promise<void>,
  more: { readonly limitMs?: number } = {},
): ExamCase<BrokerWorld> {
  return {
    name,
    ...more,
    async run(world) {
      const broker = await world.connect();
      const queue = `exam-${crypto.randomUUID().slice(0, 8)}`;
      await broker.declare([{ name: queue }]);
      const room = new Room(world, broker, queue);
      try {
        await body(room);
      } finally {
        await room.closeConsumers();
      }
    },
  };
}

/** Claim exactly `count`, in as many claims as it takes. */
export async function take(consumer: Consumer, count: number): Promise<Delivery[]> {
  const got: Delivery[] = [];
  while (got.length < count) {
    const more = await consumer.claim(count - got.length, within(PATIENCE_MS));
    assert.notEqual(more.length, 0, `waited too long: got ${got.length} of ${count} deliveries`);
    got.push(...more);
  }
  return got;
}

export async function takeOne(consumer: Consumer): Promise<Delivery> {
  const [delivery] = await take(consumer, 1);
  assert.ok(delivery);
  return delivery;
}

export async function takeBodies(consumer: Consumer, count: number): Promise<string[]> {
  return (await take(consumer, count)).map(bodyOf);
}

/** That nothing is left but what is published now: whatever should be gone would come first. */
export async function assertDrained(room: Room, consumer: Consumer): Promise<void> {
  await room.publish('marker');
  const got = await consumer.claim(10, within(PATIENCE_MS));
  assert.deepEqual(got.map(bodyOf), ['marker']);
  await consumer.settle(got.map(done));
}
