import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Lovage, Reject } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Peer } from '../python.ts';
import { python } from '../python.ts';

const skip = requireService('redis') || requireService('celery');

/** What Celery's own State knows of a task after the events of its worker. */
interface Seen {
  readonly state: string;
  readonly name: string | null;
  readonly args: string | null;
  readonly received: number | null;
  readonly started: number | null;
  readonly ended: number | null;
  readonly result: string | null;
  readonly exception: string | null;
  readonly traceback: string | null;
  readonly retries: number | null;
  readonly runtime: number | null;
  readonly worker: string | null;
}

/** Calls each task while Celery's EventReceiver listens, until all have ended in its State. */
const WATCH = `
import threading
from celery.events.state import State

state = State()
problems = []
expected = {'good': 'task-succeeded', 'bad': 'task-failed', 'flaky': 'task-succeeded', 'late': 'task-revoked',
            'refused': 'task-rejected', 'nobody': 'task-failed', 'killed': 'task-revoked'}
missing = set(expected.items())
ready = threading.Event()

def on_event(event):
    ready.set()
    try:
        state.event(event)
    except Exception as error:
        problems.append(repr(error))
    missing.discard((event.get('uuid'), event['type']))
    if not missing:
        receiver.should_stop = True

def call():
    ready.wait(20)  # the worker answers the receiver's wakeup with a heartbeat
    app.send_task('ev.good', args=(2, 3), task_id='good')
    app.send_task('ev.bad', task_id='bad')
    app.send_task('ev.flaky', task_id='flaky')
    app.send_task('ev.good', args=(1, 1), task_id='late', expires=-10)
    app.send_task('ev.refused', task_id='refused')
    app.send_task('ev.nobody', task_id='nobody')
    app.send_task('ev.long', task_id='killed')
    while state.tasks.get('killed') is None or state.tasks['killed'].state != 'STARTED':
        threading.Event().wait(0.05)
    app.control.revoke('killed', terminate=True, signal='SIGKILL')

with app.connection_for_read() as connection:
    receiver = app.events.Receiver(connection, handlers={'*': on_event})
    threading.Thread(target=call, daemon=True).start()
    receiver.capture(limit=None, timeout=20, wakeup=True)

def seen(task):
    return {
        'state': task.state, 'name': task.name, 'args': task.args, 'received': task.received, 'started': task.started,
        'ended': task.succeeded or task.failed or task.revoked or task.rejected, 'result': task.result,
        'exception': task.exception, 'traceback': task.traceback, 'retries': task.retries, 'runtime': task.runtime,
        'worker': task.worker.hostname if task.worker else None,
    }

workers = {name: {'alive': worker.alive, 'ident': worker.sw_ident, 'processed': worker.processed, 'freq': worker.freq}
           for name, worker in state.workers.items()}
answer = {'tasks': {task.uuid: seen(task) for task in state.tasks.values()}, 'workers': workers, 'problems': problems}
`;

describe("Celery's event receiver watches a worker of ours", { skip, timeout: 120_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let app: Lovage;
  let worker: Awaited<ReturnType<Lovage['worker']>>;
  let peer: Peer;

  before(async () => {
    redis = await startRedis();
    peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1) };
    app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      lovageLogLevel: 'silent',
    });
    app.task('ev.good', (x: number, y: number) => x + y);
    app.task('ev.bad', (): number => {
      throw new TypeError('boom');
    });
    app.task({ name: 'ev.flaky', bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ exc: new Error('not yet'), countdown: 0.1 });
      return 'at last';
    });
    app.task({ name: 'ev.refused', acksLate: true }, () => {
      throw new Reject('no', { requeue: false });
    });
    app.task('ev.long', () => new Promise<void>(() => {}));
    worker = await app.worker({ taskEvents: true, hostname: 'ours@host1', heartbeatInterval: 0.5 });
  });

  after(async () => {
    await worker?.stop('cold');
    await app?.close();
    await redis?.stop();
  });

  test('its State knows how every task went, and when', async () => {
    const { tasks, workers, problems } = await python<{
      tasks: Record<string, Seen>;
      workers: Record<string, { alive: boolean; ident: string; processed: number; freq: number }>;
      problems: string[];
    }>(peer, WATCH);

    assert.deepEqual(problems, []);
    assert.equal(workers['ours@host1']?.alive, true);
    assert.equal(workers['ours@host1']?.ident, 'lovage');
    assert.equal(workers['ours@host1']?.freq, 0.5);
    assert.deepEqual(Object.fromEntries(Object.entries(tasks).map(([id, { state }]) => [id, state])), {
      good: 'SUCCESS',
      bad: 'FAILURE',
      flaky: 'SUCCESS',
      late: 'REVOKED',
      // Celery ranks REJECTED below STARTED, so its State keeps the latter, for its own workers too.
      refused: 'STARTED',
      nobody: 'FAILURE',
      killed: 'REVOKED',
    });
    const good = tasks['good']!;
    assert.equal(good.name, 'ev.good');
    assert.equal(good.args, '(2, 3)');
    assert.equal(good.result, '5');
    assert.equal(good.worker, 'ours@host1');
    assert.ok(good.runtime! >= 0);
    assert.ok(good.received! <= good.started! && good.started! <= good.ended!);
    assert.equal(tasks['bad']!.exception, "TypeError('boom')");
    assert.match(tasks['bad']!.traceback!, /TypeError: boom/);
    assert.equal(tasks['flaky']!.retries, 1);
    assert.equal(tasks['nobody']!.exception, "NotRegistered('ev.nobody')");
    assert.equal(tasks['late']!.received, null);
    assert.ok(Object.values(tasks).every(({ ended }) => typeof ended === 'number'));
  });
});
