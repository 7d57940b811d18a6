import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterState } from '@lovage/monitor';
import type { EventDocument } from '@lovage/protocol';
import fc from 'fast-check';
import { FakeCluster } from './documents.ts';

const ENDS = ['task-succeeded', 'task-failed', 'task-revoked', 'task-rejected', undefined] as const;

/** Lives of tasks: on which worker each attempt runs, and how the last ends, if it has. */
const lives = fc.array(
  fc.record({
    attempts: fc.array(fc.constantFrom('w1@h', 'w2@h', 'w3@h'), { minLength: 1, maxLength: 4 }),
    sent: fc.boolean(),
    custom: fc.boolean(),
    end: fc.constantFrom(...ENDS),
  }),
  { minLength: 1, maxLength: 6 },
);

interface Life {
  readonly attempts: readonly string[];
  readonly sent: boolean;
  readonly custom: boolean;
  readonly end: (typeof ENDS)[number];
}

function live(cluster: FakeCluster, uuid: string, { attempts, sent, custom, end }: Life): void {
  if (sent) cluster.task('gen1@h', 'task-sent', uuid, { name: 'shop.mail', queue: 'mail', retries: 0 });
  for (const [retries, worker] of attempts.entries()) {
    cluster.received(worker, uuid, retries).task(worker, 'task-started', uuid);
    if (custom) cluster.task(worker, 'task-progress', uuid, { done: 5 });
    if (retries < attempts.length - 1) {
      cluster.task(worker, 'task-retried', uuid, { exception: `E(${retries})`, traceback: 'T' });
    } else if (end) {
      cluster.task(worker, end, uuid, { result: '5', runtime: 0.5, exception: 'E()', traceback: 'T' });
    }
    cluster.say(worker, 'worker-heartbeat', { freq: 2, processed: retries });
  }
}

/** Everything a state says, but for the order in which it was told. */
function summary(events: readonly EventDocument[]) {
  const state = new ClusterState();
  for (const event of events) state.apply(event);
  const tasks = [...state.tasks()].sort((one, other) => (one.uuid < other.uuid ? -1 : 1));
  const { states, ...counters } = state.counters();
  return { tasks, workers: state.workers(0), counters, states: Object.fromEntries(states) };
}

test('whatever order events come in, the same is known in the end', () => {
  fc.assert(
    fc.property(lives, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (drawn, chances) => {
      const cluster = new FakeCluster();
      for (const [n, life] of drawn.entries()) live(cluster, `t${n}`, life);
      const { events } = cluster;
      const shuffled = events
        .map((event) => [chances.next().value, event] as const)
        .sort(([one], [other]) => one - other)
        .map(([, event]) => event);
      assert.deepEqual(summary(shuffled), summary(events));
    }),
    { numRuns: 100 },
  );
});

test('told in order, a task is in the state that its last event says', () => {
  fc.assert(
    fc.property(lives, (drawn) => {
      const cluster = new FakeCluster();
      for (const [n, life] of drawn.entries()) live(cluster, `t${n}`, life);
      const ended = { 'task-succeeded': 'SUCCESS', 'task-failed': 'FAILURE', 'task-revoked': 'REVOKED' };
      const { tasks } = summary(cluster.events);
      for (const [n, { end, custom }] of drawn.entries()) {
        const underWay = custom ? 'PROGRESS' : 'STARTED';
        const state = end === undefined || end === 'task-rejected' ? underWay : ended[end];
        assert.equal(tasks[n]!.state, state);
      }
    }),
  );
});

const FIELDS = ['uuid', 'name', 'args', 'result', 'exception', 'traceback', 'runtime', 'retries', 'freq'];
const MORE_FIELDS = ['loadavg', 'clock', 'local_received', 'root_id', 'sw_ident', 'active', '__proto__'];
const TYPES = [
  'task-sent',
  'task-received',
  'task-succeeded',
  'task-failed',
  'task-x',
  'task-',
  'worker-online',
];
const MORE_TYPES = ['worker-offline', 'worker-', 'task-__proto__', 'task-constructor', '', '-', 'x-y'];

const hostile = fc
  .tuple(
    fc.constantFrom<unknown>(...TYPES, ...MORE_TYPES, 5, null, undefined),
    fc.constantFrom<unknown>('w1@h', 'w2@h', '', 'x'.repeat(300), null, {}),
    fc.constantFrom<unknown>(1_795_250_000, 0, -1, 1e308, Number.NaN, Number.POSITIVE_INFINITY, '5', null),
    fc.dictionary(
      fc.constantFrom(...FIELDS, ...MORE_FIELDS),
      fc.oneof(fc.jsonValue(), fc.constantFrom('t1', 't2', 'x'.repeat(20_000), Number.NaN, -5)),
    ),
  )
  .map(([type, hostname, timestamp, fields]) => ({ ...fields, type, hostname, timestamp }) as EventDocument);

test('events of any form are survived, and what is kept of them is bounded and of the right type', () => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 60 }), (events) => {
      const state = new ClusterState({ maxTasks: 5, maxWorkers: 2, maxTaskNames: 3 });
      for (const event of events) state.apply(event);
      const tasks = [...state.tasks()];
      assert.ok(tasks.length <= 5);
      assert.ok(state.workers(0).length <= 2);
      const { events: taken, states, tasks: names } = state.counters();
      assert.equal(taken, events.length);
      assert.ok(names.size <= 3);
      assert.equal(
        [...states.values()].reduce((sum, count) => sum + count, 0),
        tasks.length,
      );
      assert.ok(JSON.stringify([tasks, state.workers(0), [...names]]).length < 5 * 30_000);
      for (const { runtime, retries, name, args } of tasks) {
        for (const value of [runtime, retries]) assert.ok(value === undefined || value >= 0);
        for (const value of [name, args]) assert.ok(value === undefined || typeof value === 'string');
      }
    }),
    { numRuns: 100 },
  );
});
