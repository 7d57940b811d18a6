import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterState } from '@lovage/monitor';
import type { EventDocument } from '@lovage/protocol';
import { FakeCluster } from './documents.ts';

const BEAT = {
  ...{ freq: 2, active: 1, processed: 41, loadavg: [0.3, 0.2, 0.1] },
  ...{ sw_ident: 'lovage', sw_ver: '1.0', sw_sys: 'Linux' },
};

function told(events: readonly EventDocument[], state = new ClusterState()) {
  for (const event of events) state.apply(event);
  return state;
}

test('a worker is what its heartbeats say, and alive for two of them', () => {
  const cluster = new FakeCluster().say('w1@h', 'worker-online', BEAT);
  cluster.say('w1@h', 'worker-heartbeat', { ...BEAT, active: 3, processed: 50 });
  const state = told(cluster.events);
  const heardMs = (cluster.now + 0.01) * 1000;
  const { drift, ...worker } = state.worker('w1@h', heardMs)!;
  assert.deepEqual(worker, {
    hostname: 'w1@h',
    alive: true,
    aliveUntilMs: heardMs + 4000,
    heardMs,
    offline: false,
    pid: 5,
    freq: 2,
    active: 3,
    processed: 50,
    loadavg: [0.3, 0.2, 0.1],
    swIdent: 'lovage',
    swVer: '1.0',
    swSys: 'Linux',
    clock: 2,
  });
  assert.ok(Math.abs(drift - 0.01) < 1e-6);
  assert.equal(state.worker('w1@h', heardMs + 3999)!.alive, true);
  assert.equal(state.worker('w1@h', heardMs + 4000)!.alive, false);
  assert.equal(state.worker('nobody@h', 0), undefined);
});

test('the heartbeat on demand tells only how often, and what was known stays', () => {
  const cluster = new FakeCluster().say('w1@h', 'worker-online', BEAT);
  cluster.say('w1@h', 'worker-heartbeat', { freq: 5 });
  const { freq, processed, swIdent } = told(cluster.events).worker('w1@h', 0)!;
  assert.deepEqual([freq, processed, swIdent], [5, 41, 'lovage']);
});

test('events of its tasks show that it lives, but do not raise one that has said goodbye', () => {
  const cluster = new FakeCluster().received('w1@h', 't1');
  const state = told(cluster.events);
  const alive = () => state.worker('w1@h', cluster.now * 1000)!.alive;
  assert.equal(alive(), true);
  told(cluster.say('w1@h', 'worker-offline', BEAT).events.slice(-1), state);
  assert.equal(alive(), false);
  assert.equal(state.worker('w1@h', 0)!.offline, true);
  told(cluster.task('w1@h', 'task-succeeded', 't1').events.slice(-1), state);
  assert.equal(alive(), false);
  told(cluster.say('w1@h', 'worker-online', BEAT).events.slice(-1), state);
  assert.equal(alive(), true);
});

test('a client that calls is no worker', () => {
  const state = told(new FakeCluster().task('gen1@h', 'task-sent', 't1').events);
  assert.deepEqual(state.workers(0), []);
});

test('what comes late changes nothing: a heartbeat from before the goodbye', () => {
  const { events } = new FakeCluster()
    .say('w1@h', 'worker-heartbeat', { ...BEAT, processed: 1 })
    .say('w1@h', 'worker-offline', { ...BEAT, processed: 2 });
  const { offline, processed } = told([events[1]!, events[0]!]).worker('w1@h', 0)!;
  assert.deepEqual([offline, processed], [true, 2]);
});

test('a wall clock that was set back does not silence a worker, nor does a restart', () => {
  const base = { hostname: 'w1@h', type: 'worker-heartbeat' };
  const state = told([{ ...base, timestamp: 5000, clock: 9, processed: 1 }]);
  state.apply({ ...base, timestamp: 1400, clock: 10, processed: 2 });
  assert.equal(state.worker('w1@h', 0)!.processed, 2);
  state.apply({ ...base, type: 'worker-online', timestamp: 1401, clock: 1, processed: 0 });
  assert.equal(state.worker('w1@h', 0)!.processed, 0);
});

test('as many workers as may be; they come by name', () => {
  const state = new ClusterState({ maxWorkers: 2 });
  const cluster = new FakeCluster();
  for (const name of ['c@h', 'a@h', 'b@h']) cluster.say(name, 'worker-heartbeat', BEAT);
  told(cluster.events, state);
  assert.deepEqual(
    state.workers(0).map(({ hostname }) => hostname),
    ['a@h', 'b@h'],
  );
});
