import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, type TestContext, test } from 'node:test';
import { Reject } from '@lovage/app';
import type { EventDocument } from '@lovage/protocol';
import { readEvents } from '@lovage/protocol';
import { Scene, until } from './scene.ts';

/** Fields in which programs differ, whatever the event. */
const OWN = new Set(['hostname', 'pid', 'clock', 'timestamp', 'utcoffset']);

interface Heard {
  readonly events: EventDocument[];
  /** How many events each message carried. */
  readonly sizes: number[];
}

async function listen(t: TestContext, scene: Scene): Promise<Heard> {
  const heard: Heard = { events: [], sizes: [] };
  const { bus } = await scene.app.drivers();
  const listener = await bus!.listen('events', (message) => {
    const events = readEvents(message);
    heard.events.push(...events);
    heard.sizes.push(events.length);
  });
  t.after(() => listener.close());
  return heard;
}

/** The events of tasks that a worker of Celery sent in a capture. */
function captured(name: string): EventDocument[] {
  const file = new URL(`../../../interop/captures/${name}.json`, import.meta.url);
  const { raw } = JSON.parse(readFileSync(file, 'utf8')) as { raw: { channel?: string; body?: string }[] };
  return raw
    .filter(({ channel }) => channel?.endsWith('celeryev/task.multi'))
    .flatMap(({ body }) => JSON.parse(body!) as EventDocument[]);
}

const ofTasks = (events: readonly EventDocument[]) => events.filter(({ type }) => type.startsWith('task-'));
const fieldsOf = (events: readonly EventDocument[]) => events.map((event) => Object.keys(event));

suite('events of tasks', { concurrency: true }, () => {
  test('a success: the fields of Celery, in its order', async (t) => {
    const scene = new Scene(t);
    const add = scene.app.task('tasks.add', (x: number, y: number) => x + y);
    const heard = await listen(t, scene);
    const worker = await scene.worker({ taskEvents: true, hostname: 'w1@host1' });
    const { id } = await add.delay(2, 3);
    await until(() => heard.events.some(({ type }) => type === 'task-succeeded'), 'it succeeded');
    const events = ofTasks(heard.events);
    assert.deepEqual(fieldsOf(events), fieldsOf(captured('61-events-success')));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['task-received', 'task-started', 'task-succeeded'],
    );
    const [received, , succeeded] = events;
    assert.equal(received!['args'], '(2, 3)');
    assert.equal(received!['kwargs'], '{}');
    assert.equal(succeeded!['result'], '5');
    assert.ok(events.every((event) => event['uuid'] === id && event.hostname === 'w1@host1'));
    assert.ok(events.every((event, at) => at === 0 || event.clock! > events[at - 1]!.clock!));
    assert.equal(worker.totals.byTask.get('tasks.add'), 1);
  });

  test('a retry, then its success', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task({ name: 'tasks.retry_once', bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ exc: new RangeError('not yet'), countdown: 0.05 });
      return 1;
    });
    const heard = await listen(t, scene);
    await scene.worker({ taskEvents: true });
    await task.delay();
    await until(() => heard.events.some(({ type }) => type === 'task-succeeded'), 'it succeeded');
    const retried = heard.events.find(({ type }) => type === 'task-retried')!;
    const theirs = captured('62-events-retried').find(({ type }) => type === 'task-retried')!;
    assert.deepEqual(Object.keys(retried), Object.keys(theirs));
    assert.equal(retried['exception'], "ValueError('not yet')");
    assert.match(String(retried['traceback']), /RangeError: not yet/);
    const again = heard.events.filter(({ type }) => type === 'task-received').at(-1)!;
    assert.equal(again['retries'], 1);
    assert.match(String(again['eta']), /^\d{4}-\d\d-\d\dT/);
  });

  test('a failure tells its error and trace', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task('tasks.fail', () => {
      throw new RangeError('boom');
    });
    const heard = await listen(t, scene);
    await scene.worker({ taskEvents: true });
    await task.delay();
    await until(() => heard.events.some(({ type }) => type === 'task-failed'), 'it failed');
    const events = ofTasks(heard.events);
    assert.deepEqual(fieldsOf(events), fieldsOf(captured('63-events-failed')));
    assert.equal(events.at(-1)!['exception'], "ValueError('boom')");
  });

  test('a rejection says whether it goes back', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task({ name: 'tasks.reject', acksLate: true }, () => {
      throw new Reject('no', { requeue: false });
    });
    const heard = await listen(t, scene);
    await scene.worker({ taskEvents: true });
    await task.delay();
    await until(() => heard.events.some(({ type }) => type === 'task-rejected'), 'it was rejected');
    assert.deepEqual(fieldsOf(ofTasks(heard.events)), fieldsOf(captured('65-events-rejected')));
    assert.equal(heard.events.at(-1)!['requeue'], false);
  });

  test('an expired task is revoked and was never received', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task('tasks.late', () => 1);
    await task.applyAsync([], { expires: new Date(Date.now() - 1000) });
    const heard = await listen(t, scene);
    await scene.worker({ taskEvents: true });
    await until(() => heard.events.some(({ type }) => type === 'task-revoked'), 'it was revoked');
    const [ours] = ofTasks(heard.events);
    const [theirs] = captured('64-events-revoked-expired');
    assert.deepEqual(Object.keys(ours!), Object.keys(theirs!));
    assert.deepEqual(sameFields(ours!), sameFields(theirs!));
  });

  test('a terminated task is revoked with the number of the signal', async (t) => {
    const scene = new Scene(t);
    const running = Promise.withResolvers<void>();
    const task = scene.app.task('tasks.sleep', () => {
      running.resolve();
      return new Promise(() => {});
    });
    const heard = await listen(t, scene);
    await scene.worker({ taskEvents: true });
    const result = await task.delay();
    await running.promise;
    await result.revoke({ terminate: true, signal: 'SIGKILL' });
    await until(() => heard.events.some(({ type }) => type === 'task-revoked'), 'it was revoked');
    const theirs = captured('68-events-terminated');
    assert.deepEqual(fieldsOf(ofTasks(heard.events)), fieldsOf(theirs));
    assert.deepEqual(sameFields(heard.events.at(-1)!), sameFields(theirs.at(-1)!));
  });

  test('a task that nobody knows fails without having been received', async (t) => {
    const scene = new Scene(t);
    await scene.app.sendTask('no.such');
    const heard = await listen(t, scene);
    await scene.worker({ taskEvents: true });
    await until(() => heard.events.some(({ type }) => type === 'task-failed'), 'it failed');
    const ours = ofTasks(heard.events);
    const theirs = captured('69-events-unknown-task');
    assert.deepEqual(fieldsOf(ours), fieldsOf(theirs));
    assert.equal(ours[0]!['exception'], theirs[0]!['exception']);
  });

  test('what ends together travels together', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task('tasks.many', () => 1);
    await scene.app.bulk(Array.from({ length: 300 }, () => task.s()));
    const heard = await listen(t, scene);
    await scene.worker({ taskEvents: true, concurrency: 50 });
    await until(() => ofTasks(heard.events).length === 900, 'three events of each came');
    const batches = heard.sizes.filter((size) => size > 1);
    assert.ok(heard.sizes.length < 300, `${heard.sizes.length} messages`);
    assert.ok(batches.length > 0 && Math.max(...batches) <= 100);
  });

  test('with taskSendSentEvent, also what a worker sends is told: a retry, the next of a chain', async (t) => {
    const scene = new Scene(t, { taskSendSentEvent: true });
    const last = scene.app.task('tasks.last', (n: number) => n);
    const first = scene.app.task({ name: 'tasks.first', bind: true }, async (self) => {
      await self.sendEvent('task-halfway', { of: 10 });
      if (self.request.retries === 0) self.retry({ countdown: 0 });
      return 1;
    });
    const heard = await listen(t, scene);
    await scene.worker();
    await first.applyAsync([], { link: last.s() as never });
    const sent = () => heard.events.filter(({ type }) => type === 'task-sent');
    await until(() => sent().length === 3, 'three were sent');
    assert.deepEqual(
      sent().map((event) => [event['name'], event['retries']]),
      [
        ['tasks.first', 0],
        ['tasks.first', 1],
        ['tasks.last', 0],
      ],
    );
    const [halfway] = heard.events.filter(({ type }) => type === 'task-halfway');
    assert.equal(halfway!['uuid'], sent()[0]!['uuid']);
  });

  test('none without -E, and none of a task that turned its own off', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task('tasks.quiet', () => 1);
    const heard = await listen(t, scene);
    const worker = await scene.worker();
    await (await task.delay()).get({ timeout: 5 });
    await worker.stop();
    assert.deepEqual(ofTasks(heard.events), []);

    const silent = scene.app.task({ name: 'tasks.silent', sendEvents: false }, () => 1);
    const loud = await scene.worker({ taskEvents: true });
    await (await silent.delay()).get({ timeout: 5 });
    await loud.stop();
    assert.deepEqual(ofTasks(heard.events), []);
  });
});

suite('events of workers', { concurrency: true }, () => {
  test('online, heartbeats and offline, with the fields of Celery', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task('tasks.one', () => 1);
    const heard = await listen(t, scene);
    const worker = await scene.worker({ heartbeatInterval: 0.05 });
    await (await task.delay()).get({ timeout: 5 });
    const beats = () => heard.events.filter((event) => event.type === 'worker-heartbeat');
    await until(() => beats().some((event) => event['processed'] === 1), 'a heartbeat counts the task');
    await worker.stop();
    await until(() => heard.events.at(-1)!.type === 'worker-offline', 'it says that it goes');
    const [online] = heard.events;
    assert.equal(online!.type, 'worker-online');
    const theirs = workerEvent('60-events-worker-startup');
    assert.deepEqual(Object.keys(online!), Object.keys(theirs));
    assert.equal(online!['freq'], 0.05);
    assert.equal(online!['sw_ident'], 'lovage');
  });

  test('a worker without heartbeats says nothing of itself', async (t) => {
    const scene = new Scene(t);
    const heard = await listen(t, scene);
    const worker = await scene.worker({ withoutHeartbeat: true });
    await worker.stop();
    assert.deepEqual(heard.events, []);
  });

  test('a worker that drains still beats', async (t) => {
    const scene = new Scene(t);
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const task = scene.app.task('tasks.held', () => {
      begun.resolve();
      return held.promise;
    });
    const heard = await listen(t, scene);
    const worker = await scene.worker({ heartbeatInterval: 0.02 });
    await task.delay();
    await begun.promise;
    const stopping = worker.stop();
    const before = heard.events.length;
    await until(() => heard.events.length > before + 2, 'it beats while it drains');
    assert.equal(heard.events.at(-1)!['active'], 1);
    held.resolve();
    await stopping;
    await until(() => heard.events.at(-1)!.type === 'worker-offline', 'it says that it goes');
  });
});

function sameFields(event: EventDocument): Record<string, unknown> {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !OWN.has(name) && name !== 'uuid'));
}

function workerEvent(name: string): EventDocument {
  const file = new URL(`../../../interop/captures/${name}.json`, import.meta.url);
  const { raw } = JSON.parse(readFileSync(file, 'utf8')) as { raw: { channel?: string; body?: string }[] };
  const found = raw.find(({ channel }) => channel?.includes('celeryev/worker.'));
  return JSON.parse(found!.body!) as EventDocument;
}
