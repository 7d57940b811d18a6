import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { EventBus } from '@lovage/contracts';
import { driver as memory } from '@lovage/memory';
import { LamportClock, writeEvent, writeEventBatch } from '@lovage/protocol';
import { startGossip } from '../../src/control/gossip.ts';
import { until } from '../scene.ts';
import { keptLog } from './fake-panel.ts';

async function gossiping(t: TestContext, lookMs = 10) {
  const driver = memory.create(`memory://gossip-${crypto.randomUUID()}`, {});
  t.after(() => driver.close());
  const bus: EventBus = driver.bus!();
  const { lines, logger } = keptLog();
  const clock = new LamportClock();
  const sent: string[] = [];
  const send = (type: string, fields: Readonly<Record<string, unknown>>) =>
    void sent.push(`${type} ${JSON.stringify(fields)}`);
  const gossip = await startGossip({ bus, hostname: 'me@host1', clock, log: logger, send, lookMs });
  t.after(() => gossip.close());
  const tell = (type: string, hostname: string, fields: Readonly<Record<string, unknown>> = {}) =>
    bus.send('events', writeEvent({ type, hostname, timestamp: Date.now() / 1000, ...fields }));
  return { bus, lines, clock, sent, tell };
}

test('a worker that falls silent is missed, once', async (t) => {
  const { lines, tell } = await gossiping(t);
  await tell('worker-online', 'a@h', { freq: 0.02 });
  await until(() => lines.includes('info missed heartbeat from a@h'), 'it is missed');
  assert.equal(lines[0], 'debug a@h joined the party');
  await tell('worker-heartbeat', 'b@h', { freq: 0.02 });
  await until(() => lines.includes('info missed heartbeat from b@h'), 'another is missed');
  assert.equal(lines.filter((line) => line === 'info missed heartbeat from a@h').length, 1);
});

test('one that goes on beating, or says that it goes, is not missed', async (t) => {
  const { lines, tell } = await gossiping(t);
  await tell('worker-online', 'gone@h', { freq: 0.02 });
  await tell('worker-offline', 'gone@h', { freq: 0.02 });
  await tell('worker-heartbeat', 'slow@h', { freq: 1000 });
  await tell('worker-heartbeat', 'unknown-freq@h');
  await tell('worker-online', 'silent@h', { freq: 0.02 });
  await until(() => lines.includes('info missed heartbeat from silent@h'), 'the silent one is missed');
  assert.ok(lines.includes('debug gone@h left'));
  assert.deepEqual(
    lines.filter((line) => line.startsWith('info')),
    ['info missed heartbeat from silent@h'],
  );
});

test('the clock follows the others, and not itself', async (t) => {
  const { clock, tell, lines } = await gossiping(t);
  await tell('worker-heartbeat', 'me@host1', { clock: 900, freq: 1 });
  await tell('worker-heartbeat', 'a@h', { clock: 40, freq: 1000 });
  await until(() => clock.value > 0, 'the clock has moved');
  assert.equal(clock.value, 41);
  assert.deepEqual(lines, ['debug a@h joined the party']);
});

test('events of tasks are not looked at, and what is no event is said once', async (t) => {
  const { bus, clock, lines, tell } = await gossiping(t);
  const event = { type: 'task-started', hostname: 'a@h', timestamp: 1, clock: 500 };
  await bus.send('events', writeEventBatch('a@h', [event]));
  await bus.send('events', {
    topic: 'worker-online',
    headers: {},
    body: Buffer.from(JSON.stringify([event])),
  });
  for (const body of ['{', '5', '{"type": 1}']) {
    await bus.send('events', { topic: 'worker-heartbeat', headers: {}, body: Buffer.from(body) });
  }
  await tell('worker-online', 'b@h', { clock: 1, freq: 1000 });
  await until(() => lines.includes('debug b@h joined the party'), 'a worker joins');
  assert.ok(clock.value < 500);
  assert.equal(lines.filter((line) => line.startsWith('warn')).length, 1);
});

test("an election of Celery's workers gets this one's vote", async (t) => {
  const { sent, tell } = await gossiping(t);
  await tell('worker-elect', 'a@h', { id: 'e1', topic: 'task', action: {}, cver: 1 });
  await until(() => sent.length > 0, 'it votes');
  assert.deepEqual(sent, ['worker-elect-ack {"id":"e1"}']);
});
