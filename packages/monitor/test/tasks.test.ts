import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterState } from '@lovage/monitor';
import type { EventDocument } from '@lovage/protocol';
import { FakeCluster } from './documents.ts';

const told = (events: readonly EventDocument[], state = new ClusterState()): ClusterState => {
  for (const event of events) state.apply(event);
  return state;
};

test('a task from its call to its end, with everything that events told', () => {
  const cluster = new FakeCluster();
  cluster.task('gen7@web', 'task-sent', 't1', {
    ...{ name: 'shop.mail', args: "('ada',)", kwargs: '{}', root_id: 't0', parent_id: 't0', retries: 0 },
    ...{ eta: null, expires: '2030-01-01T00:00:00+00:00', queue: 'mail', exchange: '', routing_key: 'mail' },
  });
  const state = told(cluster.events);
  assert.equal(state.task('t1')!.state, 'PENDING');
  assert.equal(state.task('t1')!.worker, undefined);
  const start = cluster.now;
  for (const event of new FakeCluster().done('w1@h', 't1').events) {
    state.apply({ ...event, timestamp: event.timestamp + 10 });
  }
  assert.deepEqual(state.task('t1'), {
    uuid: 't1',
    name: 'shop.mail',
    state: 'SUCCESS',
    worker: 'w1@h',
    client: 'gen7@web',
    args: "('ada',)",
    kwargs: '{}',
    retries: 0,
    eta: undefined,
    expires: '2030-01-01T00:00:00+00:00',
    rootId: 't1',
    parentId: 't0',
    queue: 'mail',
    exchange: '',
    routingKey: 'mail',
    result: "'sent'",
    runtime: 0.25,
    exception: undefined,
    traceback: undefined,
    terminated: undefined,
    signum: undefined,
    expired: undefined,
    sentMs: start * 1000,
    receivedMs: (start + 10) * 1000,
    startedMs: (start + 10.25) * 1000,
    succeededMs: (start + 10.5) * 1000,
    failedMs: undefined,
    retriedMs: undefined,
    revokedMs: undefined,
    rejectedMs: undefined,
    timestampMs: (start + 10.5) * 1000,
    clock: 3,
  });
});

test('a retry takes a task back to its beginning, on whatever worker, and its error stays to be seen', () => {
  const cluster = new FakeCluster();
  // The first worker's Lamport clock is far ahead of the second's, which never heard of it.
  for (let n = 0; n < 20; n += 1) cluster.say('w1@h', 'worker-heartbeat');
  cluster.received('w1@h', 't1').task('w1@h', 'task-started', 't1');
  cluster.task('w1@h', 'task-retried', 't1', { exception: 'Timeout()', traceback: 'Traceback …' });
  const state = told(cluster.events);
  assert.equal(state.task('t1')!.state, 'RETRY');
  const states: string[] = [];
  const again = new FakeCluster();
  again.now = cluster.now;
  again.received('w2@h', 't1', 1).task('w2@h', 'task-started', 't1');
  again.task('w2@h', 'task-succeeded', 't1', { result: '1', runtime: 1 });
  for (const event of again.events) {
    state.apply(event);
    states.push(state.task('t1')!.state);
  }
  assert.deepEqual(states, ['RECEIVED', 'STARTED', 'SUCCESS']);
  const { retries, exception, traceback, worker } = state.task('t1')!;
  assert.deepEqual([retries, exception, traceback, worker], [1, 'Timeout()', 'Traceback …', 'w2@h']);
});

test('what comes late fills in what it knows and takes the task nowhere', () => {
  const { events } = new FakeCluster().done('w1@h', 't1');
  const [received, started, succeeded] = events;
  const state = told([succeeded!]);
  assert.equal(state.task('t1')!.name, undefined);
  for (const late of [started!, received!]) {
    state.apply(late);
    assert.equal(state.task('t1')!.state, 'SUCCESS');
  }
  const { name, args, receivedMs, timestampMs } = state.task('t1')!;
  assert.deepEqual([name, args], ['shop.mail', "('ada',)"]);
  assert.equal(receivedMs, received!.timestamp * 1000);
  assert.equal(timestampMs, succeeded!.timestamp * 1000);
});

test('within one tick of the wall clock the Lamport clock decides', () => {
  const base = { hostname: 'w1@h', timestamp: 5, uuid: 't1' };
  const retried = { ...base, type: 'task-retried', clock: 3 };
  const started = { ...base, type: 'task-started', clock: 4 };
  assert.equal(told([started, retried]).task('t1')!.state, 'STARTED');
  assert.equal(told([{ ...started, clock: 2 }, retried]).task('t1')!.state, 'RETRY');
});

test('a failure, a revoke and a rejection say why', () => {
  const cluster = new FakeCluster();
  cluster.received('w1@h', 'bad').task('w1@h', 'task-failed', 'bad', { exception: 'E(1)', traceback: 'T' });
  cluster.task('w1@h', 'task-revoked', 'gone', { terminated: true, signum: 9, expired: false });
  cluster.received('w1@h', 'no').task('w1@h', 'task-rejected', 'no', { requeue: false });
  const state = told(cluster.events);
  const bad = state.task('bad')!;
  assert.deepEqual([bad.state, bad.exception, bad.traceback], ['FAILURE', 'E(1)', 'T']);
  const gone = state.task('gone')!;
  assert.deepEqual([gone.state, gone.terminated, gone.signum, gone.expired], ['REVOKED', true, 9, false]);
  // As in Celery: being received is more settled.
  assert.deepEqual([state.task('no')!.state, state.task('no')!.rejectedMs !== undefined], ['RECEIVED', true]);
});

test('a custom event is a state of its own while the task is under way', () => {
  const cluster = new FakeCluster();
  cluster.received('w1@h', 't1').task('w1@h', 'task-started', 't1').task('w1@h', 'task-half-way', 't1');
  const state = told(cluster.events);
  assert.equal(state.task('t1')!.state, 'HALF-WAY');
  told([{ ...cluster.events[1]!, type: 'task-revoked', timestamp: cluster.now + 1 }], state);
  assert.equal(state.task('t1')!.state, 'REVOKED');
});

test('tasks come newest first, by what is asked for', () => {
  const cluster = new FakeCluster();
  cluster.done('w1@h', 'a').done('w2@h', 'b').received('w1@h', 'c');
  cluster.task('gen1@h', 'task-sent', 'd', { name: 'shop.pay', parent_id: 'a', root_id: 'a' });
  const state = told(cluster.events);
  const ids = (query: Parameters<ClusterState['tasks']>[0]) =>
    [...state.tasks(query)].map(({ uuid }) => uuid);
  assert.deepEqual(ids({}), ['d', 'c', 'b', 'a']);
  assert.deepEqual(ids({ limit: 2 }), ['d', 'c']);
  assert.deepEqual(ids({ limit: 0 }), []);
  assert.deepEqual(ids({ state: 'SUCCESS' }), ['b', 'a']);
  assert.deepEqual(ids({ name: 'shop.mail', worker: 'w1@h' }), ['c', 'a']);
  assert.deepEqual(ids({ parentId: 'a' }), ['d']);
  assert.deepEqual(ids({ rootId: 'a', name: 'shop.pay' }), ['d']);
  assert.deepEqual(state.taskNames(), ['shop.mail', 'shop.pay']);
});

test('counters: states of what is remembered, and what happened by name', () => {
  const cluster = new FakeCluster();
  cluster.done('w1@h', 'a').received('w1@h', 'b').task('w1@h', 'task-retried', 'b', {});
  cluster.task('w1@h', 'task-succeeded', 'c', { runtime: 0.75, result: '1' }).received('w1@h', 'c');
  cluster.task('w1@h', 'task-revoked', 'nameless', {}).say('w1@h', 'order-paid');
  const { events, ignored, states, tasks, otherTasks } = told(cluster.events).counters();
  assert.deepEqual([events, ignored], [cluster.events.length, 0]);
  assert.deepEqual(Object.fromEntries(states), { SUCCESS: 2, RETRY: 1, REVOKED: 1 });
  assert.deepEqual([...tasks.keys()], ['shop.mail']);
  assert.deepEqual(tasks.get('shop.mail'), {
    ...{ sent: 0, received: 3, started: 1, succeeded: 2, failed: 0, retried: 1, revoked: 0, rejected: 0 },
    runtime: { count: 2, sum: 1, min: 0.25, max: 0.75 },
  });
  assert.equal(otherTasks.revoked, 0, 'its name may still become known');
});

test('as many tasks as may be: those heard of last, and the counts of the others stay', () => {
  const state = new ClusterState({ maxTasks: 3, maxTaskNames: 1 });
  const cluster = new FakeCluster();
  for (const id of ['a', 'b', 'c']) cluster.received('w1@h', id);
  cluster.task('w1@h', 'task-started', 'a').task('w1@h', 'task-revoked', 'nameless', {});
  cluster.task('w1@h', 'task-started', 'e', { name: 'ignored: only received and sent tell it' });
  told(cluster.events, state);
  assert.deepEqual(
    [...state.tasks()].map(({ uuid }) => uuid),
    ['e', 'nameless', 'a'],
  );
  const more = new FakeCluster();
  for (const id of ['x', 'y', 'z']) more.task('w1@h', 'task-received', id, { name: 'shop.other' });
  told(more.events, state);
  const { states, tasks, otherTasks } = state.counters();
  assert.deepEqual(Object.fromEntries(states), { RECEIVED: 3 });
  assert.equal(tasks.get('shop.mail')!.received, 3);
  assert.deepEqual([...tasks.keys()], ['shop.mail']);
  assert.deepEqual([otherTasks.received, otherTasks.revoked, otherTasks.started], [3, 1, 1]);
});

test('prune forgets what is over for long, and nothing that may go on', () => {
  const state = new ClusterState({ keepTasksMs: 1000, keepWorkersMs: 1000 });
  const cluster = new FakeCluster().received('w1@h', 'open').done('w1@h', 'over');
  told(cluster.events, state);
  const heardMs = (cluster.now + 0.01) * 1000;
  assert.deepEqual(state.prune(heardMs + 900), { tasks: 0, workers: 0 });
  assert.deepEqual(state.prune(heardMs + 1100), { tasks: 1, workers: 0 });
  assert.deepEqual(
    [...state.tasks()].map(({ uuid }) => uuid),
    ['open'],
  );
  assert.deepEqual(Object.fromEntries(state.counters().states), { RECEIVED: 1 });
  assert.deepEqual(state.prune(heardMs + 120_000), { tasks: 0, workers: 0 });
  assert.deepEqual(state.prune(heardMs + 122_000), { tasks: 0, workers: 1 });
});

test('long texts are cut, a traceback at its beginning; an id is never cut', () => {
  const long = `${'x'.repeat(50_000)} the end`;
  const cluster = new FakeCluster();
  cluster.task('w1@h', 'task-received', 't1', { name: long, args: long, root_id: long, eta: long });
  cluster.task('w1@h', 'task-failed', 't1', { exception: long, traceback: long });
  cluster.task('w1@h', 'task-started', long).say(long, 'worker-online');
  const state = told(cluster.events);
  const { name, args, eta, exception, traceback, rootId } = state.task('t1')!;
  assert.deepEqual(
    [name, args, eta, exception, traceback].map((text) => text!.length),
    [255, 2048, 255, 2048, 8192],
  );
  assert.match(traceback!, / the end$/);
  assert.equal(rootId, undefined);
  assert.deepEqual([[...state.tasks()].length, state.workers(0).length, state.counters().ignored], [1, 1, 2]);
});

test('a bound that is none is refused', () => {
  assert.throws(() => new ClusterState({ maxTasks: 0 }), /maxTasks must be a whole number from 1, not 0/);
  assert.throws(() => new ClusterState({ maxWorkers: 1.5 }), RangeError);
});
