/** What a worker of Celery answered, and what ours answers to the very same request. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { address, asking } from './asking.ts';
import { answerTo, capturedWorker, exchanges, FOLDER, read, SAME, SAME_SHAPE } from './captured.ts';
import { FakePanel, HOSTNAME } from './fake-panel.ts';

for (const name of SAME) {
  test(`${name}: the same answer`, async (t) => {
    const panel = capturedWorker(t);
    if (name === 'control-pool_shrink')
      panel.poolError = new RangeError("Can't shrink pool. All processes busy!");
    const node = await asking(t, panel);
    for (const exchange of exchanges(`50-control-${name}`)) {
      assert.deepEqual(await answerTo(node, exchange), exchange.answer, exchange.method);
    }
  });
}

test('a node that is not meant says nothing, and neither does one that is cast to', async (t) => {
  const panel = capturedWorker(t);
  const node = await asking(t, panel);
  for (const name of [
    '50-control-destination-nomatch',
    '50-control-no-reply-cast',
    '50-control-control-shutdown',
  ]) {
    for (const { method, arguments: args, destination, answer } of exchanges(name)) {
      assert.equal(answer, undefined);
      const reply = name.endsWith('cast') ? {} : { reply: address };
      await node.send(method, { arguments: args, destination, ...reply });
    }
  }
  await node.ask('ping');
  assert.equal(node.replies.length, 1);
  assert.deepEqual(panel.done, ['shutdown']);
});

describe('54-control-more', () => {
  const replies = read<{ raw: Record<string, { reply: [Record<string, unknown>] }> }>('54-control-more').raw;
  const captured = (name: string) => replies[name]!.reply[0][HOSTNAME];

  test('events are enabled once and disabled once', async (t) => {
    const panel = new FakePanel(t);
    const node = await asking(t, panel);
    for (const name of ['enable_events', 'enable_events_again', 'disable_events', 'disable_events_again']) {
      assert.deepEqual(await node.ask(name.replace('_again', '')), captured(name), name);
    }
  });

  const SMALL: readonly [name: string, method: string, args: Readonly<Record<string, unknown>>][] = [
    ['pool_shrink', 'pool_shrink', { n: 1 }],
    ['pool_grow', 'pool_grow', { n: 1 }],
    ['terminate_cli', 'terminate', { signal: 'KILL', task_id: ['nosuch'] }],
    ['add_consumer_existing', 'add_consumer', { queue: 'celery' }],
    ['cancel_unknown', 'cancel_consumer', { queue: 'nosuch' }],
    ['query_single', 'query_task', { ids: 'nosuch' }],
    ['time_limit_float', 'time_limit', { task_name: 'tasks.add', soft: 1.5, hard: 2.5 }],
    ['rate_limit_badvalue', 'rate_limit', { task_name: 'tasks.add', rate_limit: 'abc' }],
    ['pool_restart_not_enabled', 'pool_restart', { modules: null, reload: false, reloader: null }],
  ];
  for (const [name, method, args] of SMALL) {
    test(`${name}: the same answer`, async (t) => {
      const panel = new FakePanel(t);
      panel.app.task({ name: 'tasks.add' }, () => {});
      const node = await asking(t, panel);
      assert.deepEqual(await node.ask(method, args), captured(name));
    });
  }

  test('with an autoscaler, its range is set and the pool is its own', async (t) => {
    const panel = new FakePanel(t);
    const range = { max: 4, min: 1 };
    panel.autoscaler = {
      ...{ current: 1, queued: 0 },
      get max() {
        return range.max;
      },
      get min() {
        return range.min;
      },
      set: (given) => void Object.assign(range, given),
    };
    const node = await asking(t, panel);
    assert.deepEqual(await node.ask('autoscale', { max: 5, min: 2 }), captured('autoscale'));
    assert.deepEqual(await node.ask('pool_grow', { n: 1 }), captured('autoscale_pool_grow'));
    assert.deepEqual(await node.ask('pool_shrink', { n: 1 }), captured('autoscale_pool_shrink'));
  });
});

test('no capture of remote control is left out', () => {
  const elsewhere = [
    'control-add_consumer', // bound to an exchange of its own, which no store of ours has
    'control-election', // ours votes and does not stand
    'control-shutdown',
    'destination-nomatch',
    'no-reply-cast',
    'inspect-active_queues-after-add', // queues bound to exchanges
    'inspect-conf', // settings of that app
    'inspect-conf-with-defaults',
    'inspect-memdump', // without psutil
    'inspect-memsample',
    'inspect-objgraph-missing-lib',
    'inspect-revoked-after',
    'inspect-stats',
    'stats-autoscale',
    'stats-solo',
    'stats-threads',
  ];
  const names = readdirSync(FOLDER).filter((name) => name.startsWith('50-control-'));
  const known = [...SAME, ...SAME_SHAPE, ...elsewhere].map((name) => `50-control-${name}.json`);
  assert.deepEqual(names.sort(), known.sort());
});
