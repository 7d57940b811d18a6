/** Answers of ours with the keys of Celery's, in the same order, and values of the same types. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { isoUtc } from '@lovage/protocol';
import { asking } from './asking.ts';
import { answerIn, answerTo, capturedWorker, exchanges, read, SAME_SHAPE } from './captured.ts';
import { FakePanel, HOSTNAME } from './fake-panel.ts';
import { shapeOf } from './shape.ts';

for (const name of SAME_SHAPE) {
  test(`${name}: an answer of the same shape`, async (t) => {
    const node = await asking(t, capturedWorker(t));
    for (const exchange of exchanges(`50-control-${name}`)) {
      const answer = await answerTo(node, exchange);
      assert.deepEqual(shapeOf(answer), shapeOf(forgiven(exchange.answer)), exchange.method);
      assert.equal(
        JSON.stringify(keysOf(answer)),
        JSON.stringify(keysOf(exchange.answer)),
        'the keys are in the same order',
      );
    }
  });
}

/** What we know and Celery 5.2 does not, and the other way: a priority that was not given, a flag of Redis. */
function forgiven(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forgiven);
  if (typeof value !== 'object' || value === null) return value;
  const { redelivered, priority, routing_key: routingKey, ...rest } = value as Record<string, unknown>;
  const mapped = Object.fromEntries(Object.entries(rest).map(([key, each]) => [key, forgiven(each)]));
  if (redelivered === undefined) return { ...mapped, ...pick({ priority, routing_key: routingKey }) };
  return { ...mapped, routing_key: routingKey, priority: null, redelivered: false };
}

const pick = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(keysOf);
  if (typeof value !== 'object' || value === null) return null;
  // Ids and names of settings are data, no shape.
  return Object.entries(value).map(([key, each]) => [/^(rid|revoked)-/.test(key) ? 'id' : key, keysOf(each)]);
}

test('inspect active: the very tasks, their arguments as values or, if safe, as texts', async (t) => {
  const node = await asking(t, capturedWorker(t));
  const [captured] = exchanges('50-control-inspect-active');
  const [safely] = exchanges('50-control-inspect-active-safe');
  const stripped = (answer: unknown) =>
    (answer as Record<string, unknown>[]).map(({ time_start: _, delivery_info: __, ...rest }) => rest);
  assert.deepEqual(stripped(await answerTo(node, captured!)), stripped(captured!.answer));
  assert.deepEqual(stripped(await answerTo(node, safely!)), stripped(safely!.answer));
});

test('inspect scheduled: the eta in the form of Celery', async (t) => {
  const panel = capturedWorker(t);
  const node = await asking(t, panel);
  const [{ eta, priority }] = (await node.ask('scheduled')) as [{ eta: string; priority: number }];
  assert.equal(eta, isoUtc(panel.delayed[0]!.notBefore));
  assert.match(eta, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
  assert.equal(priority, 6);
});

test('inspect registered: each task with its limit, or with what is asked for', async (t) => {
  const node = await asking(t, capturedWorker(t));
  assert.deepEqual(await node.ask('registered', { taskinfoitems: [] }), [
    'tasks.add',
    'tasks.auto_retry',
    'tasks.limited [rate_limit=10/m]',
  ]);
  assert.deepEqual(
    await node.ask('dump_tasks', { taskinfoitems: ['max_retries', 'serializer', 'app', 'acks_late'] }),
    [
      'tasks.add [max_retries=3 serializer=json acks_late=False]',
      'tasks.auto_retry [max_retries=2 serializer=json acks_late=False]',
      'tasks.limited [max_retries=3 serializer=json acks_late=False]',
    ],
  );
});

test('inspect hello: what is revoked in both, each with a time that Python takes', async (t) => {
  const panel = capturedWorker(t);
  const node = await asking(t, panel);
  const [exchange] = exchanges('50-control-inspect-hello');
  const { revoked } = (await answerTo(node, exchange!)) as { revoked: Record<string, [number, string]> };
  assert.deepEqual(Object.keys(revoked), ['revoked-1', 'rid-1']);
  for (const [id, [when, again]] of Object.entries(revoked)) {
    assert.equal(again, id);
    assert.ok(!Number.isInteger(when), 'an integer is refused by Python');
  }
  assert.deepEqual(panel.done, ['revoke rid-1']);
  assert.ok(panel.log.lines.includes('info sync with other@node'));
  assert.equal(await node.ask('hello', { from_node: HOSTNAME, revoked: {} }), null);
});

describe('inspect stats', () => {
  const stats = async (t: TestContext, panel: FakePanel) => {
    const node = await asking(t, panel);
    return (await node.ask('stats')) as Record<string, Record<string, unknown>>;
  };
  /** Without what only Celery 5.6 has. */
  const old = ({ pool, broker, ...rest }: Record<string, Record<string, unknown>>) => {
    const { implementation, ...oldPool } = pool!;
    const { credential_provider: _, ...oldBroker } = broker!;
    assert.match(String(implementation), /^lovage\.pools\.\w+:Pool$/);
    return { ...rest, pool: oldPool, broker: oldBroker };
  };
  const order = (value: object) => JSON.stringify(keysOf(value));

  test('of a prefork pool: the shape of Celery, and the same share of each process', async (t) => {
    const panel = capturedWorker(t);
    const ours = await stats(t, panel);
    const answer = answerIn<typeof ours>('50-control-inspect-stats');
    const { broker: theirBroker, ...theirs } = answer;
    const { broker, ...rest } = old(ours);
    assert.deepEqual(shapeOf(rest), shapeOf(theirs));
    assert.deepEqual(Object.keys(broker), Object.keys(theirBroker!));
    assert.deepEqual(rest['pool'], theirs['pool']);
    assert.deepEqual(Object.keys(ours), Object.keys(answer));
  });

  test('of a redis broker: as kombu describes it', async (t) => {
    const panel = new FakePanel(t, { brokerUrl: 'memory://x' });
    const { brokerStats } = await import('../../src/control/stats/broker.ts');
    const conf = { ...panel.app.conf, brokerUrl: 'redis://127.0.0.1:6393/0' };
    const answer = answerIn<{ broker: object }>('50-control-inspect-stats');
    const { credential_provider: _, ...broker } = brokerStats(conf);
    assert.deepEqual(broker, answer.broker);
    assert.equal(order(broker), order(answer.broker));
  });

  test('of solo, threads and autoscaled pools: their shapes', async (t) => {
    const captured = (name: string) =>
      read<{ raw: { stats: Record<string, Record<string, object>> } }>(`50-control-stats-${name}`).raw.stats[
        HOSTNAME
      ]!;
    const panel = capturedWorker(t);
    panel.kind = 'solo';
    panel.size = 1;
    const solo = old(await stats(t, panel));
    assert.deepEqual({ ...solo.pool, processes: [25135] }, captured('solo')['pool']);
    panel.kind = 'threads';
    const threads = old(await stats(t, panel)).pool;
    assert.deepEqual(Object.keys(captured('threads')['pool']!), Object.keys(threads).slice(0, 2));
    panel.autoscaler = { max: 4, min: 1, current: 1, queued: 0, set() {} };
    panel.kind = 'prefork';
    const scaled = await stats(t, panel);
    assert.deepEqual(scaled['autoscaler'], captured('autoscale')['autoscaler']);
    assert.deepEqual(Object.keys(scaled), Object.keys(captured('autoscale')));
  });
});

test('inspect conf: with the defaults, every setting of Celery by its name', async (t) => {
  const panel = capturedWorker(t);
  const node = await asking(t, panel);
  const answer = answerIn<Record<string, unknown>>('50-control-inspect-conf-with-defaults');
  const ours = (await node.ask('conf', { with_defaults: true })) as Record<string, unknown>;
  const missing = Object.keys(answer).filter((name) => !(name in ours));
  // Not a setting, but what Python's object keeps of itself.
  assert.deepEqual(missing, ['deprecated_settings']);
  const hidden = Object.keys(answer).filter((name) => answer[name] === '********');
  assert.deepEqual(
    hidden.filter((name) => ours[name] !== '********'),
    [],
  );
});
