import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope, QueueDepth } from '@lovage/contracts';
import type { Channel, GetMessage } from 'amqplib';
import { replyCode } from '../connection/failure.ts';
import type { Link } from '../connection/link.ts';
import { envelopeOf } from '../wire/message.ts';

const NOT_FOUND = 404;
const LOCKED = 405;
const LOCK_RETRY_MS = 20;

/** What `work` answers on a channel of its own, or `otherwise` where the queue does not exist. */
export async function unlessMissing<T>(
  link: Link,
  otherwise: T,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  try {
    return await link.briefly(work);
  } catch (error) {
    if (replyCode((error as Error).cause) === NOT_FOUND) return otherwise;
    throw error;
  }
}

/** Only what is ready can be seen through AMQP: what waits, and what others hold, cannot. */
export async function depthOf(link: Link, queue: string): Promise<QueueDepth> {
  const ready = await unlessMissing(
    link,
    0,
    async (channel) => (await channel.checkQueue(queue)).messageCount,
  );
  return { queue, ready, delayed: 0, claimed: 0 };
}

/** The next messages, taken and given back: RabbitMQ has no other way to look at them. They are redelivered then. */
export function peek(link: Link, queue: string, limit: number): Promise<readonly Envelope[]> {
  return unlessMissing(link, [], async (channel) => {
    const taken = await takeUpTo(channel, queue, limit);
    if (taken.length > 0) channel.nackAll(true);
    // An answer means that they are back.
    await channel.checkQueue(queue);
    return taken.map(envelopeOf);
  });
}

/** Drop the oldest beyond `keep`, one at a time: what is left behind each says whether it is one too many. */
export function trimOldest(link: Link, queue: string, keep: number): Promise<number> {
  return unlessMissing(link, 0, async (channel) => {
    let dropped = 0;
    for (let left = (await channel.checkQueue(queue)).messageCount; left > keep; ) {
      const message = await channel.get(queue);
      if (!message) break;
      left = message.fields.messageCount;
      // Somebody else has dropped or taken what was one too many.
      if (left < keep) {
        channel.nack(message, false, true);
        break;
      }
      channel.ack(message);
      dropped += 1;
    }
    await channel.checkQueue(queue);
    return dropped;
  });
}

/**
 * Drop the least urgent beyond `keep`. RabbitMQ gives the most urgent first, so all must be taken to find them, by one
 * at a time: several would each see a part.
 */
export function trimLeastUrgent(link: Link, queue: string, keep: number): Promise<number> {
  return unlessMissing(link, 0, (channel) =>
    alone(link, queue, async () => {
      if ((await channel.checkQueue(queue)).messageCount <= keep) return 0;
      const taken = await takeUpTo(channel, queue, Number.POSITIVE_INFINITY);
      const byUrgency = taken.map((message, age) => ({ message, age, urgency: urgencyOf(message) }));
      byUrgency.sort((a, b) => a.urgency - b.urgency || a.age - b.age);
      const surplus = byUrgency.slice(0, Math.max(0, taken.length - keep));
      for (const { message } of surplus) channel.ack(message);
      if (surplus.length < taken.length) channel.nackAll(true);
      await channel.checkQueue(queue);
      return surplus.length;
    }),
  );
}

const urgencyOf = ({ properties }: GetMessage): number => Number(properties.priority ?? 0);

async function takeUpTo(channel: Channel, queue: string, limit: number): Promise<GetMessage[]> {
  const taken: GetMessage[] = [];
  while (taken.length < limit) {
    const message = await channel.get(queue);
    if (!message) break;
    taken.push(message);
  }
  return taken;
}

/** A queue that only its connection may use, as a lock: it is gone when its channel's connection is. */
async function alone<T>(link: Link, queue: string, work: () => Promise<T>): Promise<T> {
  const lock = `lovage.trim.${queue}`.slice(0, 255);
  for (;;) {
    try {
      // Exclusive to a connection, of which a process has one: within it, whoever creates it holds it.
      return await held(link, lock, work);
    } catch (error) {
      if (replyCode((error as Error).cause ?? error) !== LOCKED) throw error;
      await sleep(LOCK_RETRY_MS);
    }
  }
}

const waiting = new Map<string, Promise<unknown>>();

/** Those of this process go one after the other; others are kept away by the lock. */
async function held<T>(link: Link, lock: string, work: () => Promise<T>): Promise<T> {
  const before = waiting.get(lock) ?? Promise.resolve();
  const turn = before
    .catch(() => undefined)
    .then(async () => {
      await link.briefly((channel) => channel.assertQueue(lock, { exclusive: true, durable: false }));
      try {
        return await work();
      } finally {
        await link.briefly((channel) => channel.deleteQueue(lock)).catch(() => undefined);
      }
    });
  waiting.set(lock, turn);
  try {
    return await turn;
  } finally {
    if (waiting.get(lock) === turn) waiting.delete(lock);
  }
}
