import type { Channel } from 'amqplib';

/** AMQP's class tx. The client has no words for it, but its channels ask for any method by number and wait for the answer. */
const TX = 90 << 16;
const SELECT = { ask: TX + 10, answer: TX + 11 };
const COMMIT = { ask: TX + 20, answer: TX + 21 };

type Asking = Channel & { rpc(method: number, fields: object, answer: number): Promise<unknown> };

const transactional = new WeakSet<Channel>();

/** From now on what is published and answered on it takes place when it is committed, all of it or nothing. */
export async function beginTransactions(channel: Channel): Promise<void> {
  if (transactional.has(channel)) return;
  transactional.add(channel);
  await (channel as Asking).rpc(SELECT.ask, {}, SELECT.answer);
}

export const hasTransactions = (channel: Channel): boolean => transactional.has(channel);

export async function commit(channel: Channel): Promise<void> {
  await (channel as Asking).rpc(COMMIT.ask, {}, COMMIT.answer);
}
