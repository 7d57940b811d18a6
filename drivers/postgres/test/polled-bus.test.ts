import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolledBus } from '../src/bus/polled.ts';
import type { Session } from '../src/database/session.ts';
import type { Statement } from '../src/database/statement.ts';

/** A database that answers in the order that it likes. */
class SlowDatabase {
  readonly asked: string[] = [];
  readonly #waiting = new Map<string, () => void>();
  readonly pollMs = 60_000;
  readonly options = { log() {} };

  readonly run = async (statement: Statement) => {
    this.asked.push(statement.name);
    if (statement.name.includes('look'))
      await new Promise<void>((resolve) => this.#waiting.set(statement.name, resolve));
    return [{ seq: 0 }];
  };

  async answer(name: string): Promise<void> {
    while (!this.#waiting.has(name)) await new Promise(setImmediate);
    this.#waiting.get(name)!();
    this.#waiting.delete(name);
  }
}

const GREETING = 'lovage look for news';
const FAREWELL = 'lovage look no more';

test('who listens again is known to senders, however slow the farewell before', async () => {
  const database = new SlowDatabase();
  const bus = new PolledBus(database as unknown as Session, () => {});
  const first = bus.add('events');
  await database.answer(GREETING);
  await first;
  const dropped = bus.drop('events');
  while (!database.asked.includes(FAREWELL)) await new Promise(setImmediate);
  const again = bus.add('events');
  await database.answer(FAREWELL);
  await database.answer(GREETING);
  await Promise.all([dropped, again]);
  const told = database.asked.filter((name) => name.includes('look'));
  assert.deepEqual(told, [GREETING, FAREWELL, GREETING]);
  const last = bus.drop('events');
  await database.answer(FAREWELL);
  await last;
});

test('who begins to listen while another stops is not forgotten with it', async () => {
  const database = new SlowDatabase();
  const bus = new PolledBus(database as unknown as Session, () => {});
  const first = bus.add('events');
  await database.answer(GREETING);
  await first;
  const second = bus.add('reply:me');
  await bus.drop('events');
  await second;
  assert.deepEqual(database.asked.includes(FAREWELL), false);
  const last = bus.drop('reply:me');
  await database.answer(FAREWELL);
  await last;
});
