import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import type { TaskView, WorkerView } from '@lovage/monitor';
import { ClusterState } from '@lovage/monitor';
import type { EventDocument } from '@lovage/protocol';
import { EVENT_EXCHANGE, readEvents, readKombu, readKombuBus } from '@lovage/protocol';
import { requireService } from '../../tools/services.ts';
import { python } from '../python.ts';

const skip = requireService('celery');
const FOLDER = new URL('../captures/', import.meta.url);

/** Every event in the captures of events, in the order in which they were sent. */
function capturedEvents(): EventDocument[] {
  const files = readdirSync(FOLDER).filter((file) => /^6\d.*\.json$/.test(file));
  const texts = files.flatMap((file) => strings(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')).raw));
  const events = [...new Set(texts.filter((text) => text.startsWith('{"body": ')))].flatMap(eventsOf);
  // Received as soon as sent: then Celery's habit of taking one for the other, for events of tasks, changes nothing.
  return events
    .filter(({ type }) => !type.startsWith('worker-elect')) // Celery's State does not survive its own elections.
    .map((event) => ({ ...event, local_received: event.timestamp }))
    .sort((one, other) => one.timestamp - other.timestamp);
}

function eventsOf(text: string): readonly EventDocument[] {
  if (readKombu(text).exchange !== EVENT_EXCHANGE) return [];
  try {
    return readEvents(readKombuBus(text));
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

/** What Celery's State makes of these events, field by field. */
const REPLAY = `
import json
from celery.events.state import State

state = State()
for event in json.loads(EVENTS):
    state.event(event)

FIELDS = ('name', 'state', 'args', 'kwargs', 'retries', 'eta', 'expires', 'root_id', 'parent_id', 'exchange',
          'routing_key', 'result', 'runtime', 'exception', 'traceback', 'client', 'timestamp', 'clock',
          'sent', 'received', 'started', 'succeeded', 'failed', 'retried', 'revoked', 'rejected')
tasks = {task.uuid: dict({field: getattr(task, field) for field in FIELDS},
                         worker=task.worker.hostname if task.worker else None) for task in state.tasks.values()}
WORKER = ('freq', 'active', 'processed', 'loadavg', 'sw_ident', 'sw_ver', 'sw_sys', 'pid')
workers = {worker.hostname: dict({field: getattr(worker, field) for field in WORKER},
                                 alive_until=worker.heartbeat_expires if worker.heartbeats else 0)
           for worker in state.workers.values()}
answer = {'tasks': tasks, 'workers': workers, 'types': state.task_types(), 'received': state.task_count}
`;

interface Replayed {
  readonly tasks: Readonly<Record<string, object>>;
  readonly workers: Readonly<Record<string, object>>;
  readonly types: readonly string[];
  readonly received: number;
}

/** Ours under Celery's names, times in seconds. */
const taskInCelerysWords = (view: TaskView) => ({
  name: view.name ?? null,
  state: view.state,
  args: view.args ?? null,
  kwargs: view.kwargs ?? null,
  retries: view.retries ?? null,
  eta: view.eta ?? null,
  expires: view.expires ?? null,
  root_id: view.rootId ?? null,
  parent_id: view.parentId ?? null,
  exchange: view.exchange ?? null,
  routing_key: view.routingKey ?? null,
  result: view.result ?? null,
  runtime: view.runtime ?? null,
  exception: view.exception ?? null,
  traceback: view.traceback ?? null,
  client: view.client ?? null,
  timestamp: micros(view.timestampMs),
  clock: view.clock,
  sent: micros(view.sentMs),
  received: micros(view.receivedMs),
  started: micros(view.startedMs),
  succeeded: micros(view.succeededMs),
  failed: micros(view.failedMs),
  retried: micros(view.retriedMs),
  revoked: micros(view.revokedMs),
  rejected: micros(view.rejectedMs),
  worker: view.worker ?? null,
});

const workerInCelerysWords = (view: WorkerView) => ({
  freq: view.freq,
  active: view.active ?? null,
  processed: view.processed ?? null,
  loadavg: view.loadavg ?? null,
  sw_ident: view.swIdent ?? null,
  sw_ver: view.swVer ?? null,
  sw_sys: view.swSys ?? null,
  pid: view.pid ?? null,
  alive_until: micros(view.aliveUntilMs),
});

const TIMES = /^(timestamp|sent|received|started|succeeded|failed|retried|revoked|rejected|alive_until)$/;

const micros = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms * 1000));

/** Celery's times, in microseconds too. */
const rounded = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      TIMES.test(name) && value !== null ? Math.round(value * 1000 * 1000) : value,
    ]),
  );

test('the events of the captures come to what Celery’s State makes of them', { skip }, async () => {
  const events = capturedEvents();
  assert.ok(events.length > 150, `${events.length} events`);
  const text = JSON.stringify(JSON.stringify(events));
  const peer = { broker: 'memory://', backend: 'cache+memory://' };
  const celery = await python<Replayed>(peer, `EVENTS = ${text}\n${REPLAY}`);

  const state = new ClusterState();
  for (const event of events) state.apply(event);
  const tasks = [...state.tasks()];
  assert.ok(tasks.length > 30, `${tasks.length} tasks`);
  assert.deepEqual(tasks.map(({ uuid }) => uuid).sort(), Object.keys(celery.tasks).sort());
  for (const task of tasks) {
    assert.deepEqual(taskInCelerysWords(task), rounded(celery.tasks[task.uuid]!), task.uuid);
  }
  assert.deepEqual(
    Object.fromEntries(state.workers(0).map((worker) => [worker.hostname, workerInCelerysWords(worker)])),
    Object.fromEntries(Object.entries(celery.workers).map(([name, fields]) => [name, rounded(fields)])),
  );
  assert.deepEqual(state.taskNames(), celery.types);
  const received = [...state.counters().tasks.values()].reduce((sum, each) => sum + each.received, 0);
  assert.equal(received, celery.received);
});
