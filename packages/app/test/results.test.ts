import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import type { AppOptions, TaskUpdate } from '@lovage/app';
import {
  App,
  ImproperlyConfigured,
  InvalidCall,
  OperationalError,
  TaskError,
  TimeoutError,
  WouldBlockError,
} from '@lovage/app';
import type { ResultBackend, ResultRecord } from '@lovage/contracts';
import { isFinal, readControlRequest, writeMeta } from '@lovage/protocol';
import { fakeDriver, unavailable } from './fake-driver.ts';

const app = new App('results', { environment: {}, brokerUrl: 'memory://results-test' });
after(() => app.close());

const record = (
  taskId: string,
  state: string,
  result: unknown,
  traceback: string | null = null,
): ResultRecord => ({
  taskId,
  state,
  final: isFinal(state),
  payload: writeMeta({ status: state, result, taskId, traceback, dateDone: 0 }),
});

async function store(...records: ResultRecord[]): Promise<void> {
  await (await app.resultBackend()).store(records);
}

const ERROR = { type: 'CardDeclined', message: ['no money', 5], module: 'shop.errors' };

test('get answers a result that is there, and one that comes', async () => {
  const [there, coming] = [randomUUID(), randomUUID()];
  await store(record(there, 'SUCCESS', { at: new Date(5) }));
  assert.deepEqual(await app.asyncResult(there).get({ timeout: 5 }), { at: new Date(5) });
  const waiting = app.asyncResult(coming).get({ timeout: 5 });
  await store(record(coming, 'STARTED', null), record(coming, 'SUCCESS', 6));
  assert.equal(await waiting, 6);
});

test('a failure arrives as a TaskError with remote type, module, arguments, message and traceback', async () => {
  const id = randomUUID();
  await store(record(id, 'FAILURE', ERROR, 'Traceback …'));
  const result = app.asyncResult(id);
  await assert.rejects(result.get(), (error: TaskError) => {
    assert.ok(error instanceof TaskError);
    assert.deepEqual(
      [error.type, error.module, error.args, error.message, error.traceback],
      ['CardDeclined', 'shop.errors', ['no money', 5], 'no money, 5', 'Traceback …'],
    );
    return true;
  });
  assert.ok((await result.get({ propagate: false })) instanceof TaskError);
  assert.deepEqual(
    [await result.failed(), await result.ready(), await result.successful()],
    [true, true, false],
  );
  assert.equal(await result.traceback(), 'Traceback …');
  assert.ok((await result.info()) instanceof TaskError);
});

test('state and info follow what the task reports', async () => {
  const id = randomUUID();
  const result = app.asyncResult(id);
  assert.deepEqual(
    [await result.state(), await result.info(), await result.ready()],
    ['PENDING', undefined, false],
  );
  await store(record(id, 'PROGRESS', { done: 1 }));
  assert.deepEqual([await result.state(), await result.info()], ['PROGRESS', { done: 1 }]);
  await store(record(id, 'SUCCESS', 9));
  assert.deepEqual([await result.state(), await result.result()], ['SUCCESS', 9]);
});

test('updates are the states as they come, until the last', async () => {
  const id = randomUUID();
  const seen: TaskUpdate<unknown>[] = [];
  for await (const update of steps(id)) seen.push(update);
  assert.deepEqual(
    seen.map(({ state, info }) => [state, info]),
    [
      ['PROGRESS', 1],
      ['PROGRESS', 2],
      ['SUCCESS', 'end'],
    ],
  );
  assert.equal(seen.at(-1)!.result, 'end');
});

/** Stores the next state when the one before was seen. */
async function* steps(id: string): AsyncGenerator<TaskUpdate<unknown>> {
  const updates = app.asyncResult(id).updates();
  for (const [state, result] of [
    ['PROGRESS', 1],
    ['PROGRESS', 2],
    ['SUCCESS', 'end'],
  ] as const) {
    const next = updates.next();
    await (await app.waiter()).settled();
    await store(record(id, state, result));
    const { value, done } = await next;
    assert.ok(!done && value);
    yield value;
  }
  assert.equal((await updates.next()).done, true);
}

test('updates begin with the present state, told once', async () => {
  const id = randomUUID();
  await store(record(id, 'PROGRESS', 5));
  const updates = app.asyncResult(id).updates();
  assert.deepEqual((await updates.next()).value, { state: 'PROGRESS', info: 5, result: undefined });
  await store(record(id, 'SUCCESS', 6));
  assert.deepEqual((await updates.next()).value, { state: 'SUCCESS', info: 6, result: 6 });
  assert.equal((await updates.next()).done, true);
  assert.equal((await app.waiter()).waiting, 0);
});

test('get gives up after its timeout, or when its signal aborts', async () => {
  const result = app.asyncResult(randomUUID());
  await assert.rejects(result.get({ timeout: 0.01 }), TimeoutError);
  const stop = new AbortController();
  const waiting = result.get({ signal: stop.signal });
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(result.get({ signal: stop.signal }), /enough/);
  assert.equal((await app.waiter()).waiting, 0);
});

test('a forgotten result is gone', async () => {
  const id = randomUUID();
  await store(record(id, 'SUCCESS', 1));
  const result = app.asyncResult(id);
  await result.get();
  await result.forget();
  assert.equal(await result.state(), 'PENDING');
});

test('get is refused inside a task, unless it is asked for', async () => {
  const id = randomUUID();
  await store(record(id, 'SUCCESS', 1));
  const nested = app.task('t.nested', (allow: boolean) =>
    app.asyncResult(id).get({ disableSyncSubtasks: !allow }),
  );
  assert.equal(await (await nested.apply([true])).get(), 1);
  const refused = await nested.apply([false]);
  await assert.rejects(refused.get(), (error: TaskError) => error.cause instanceof WouldBlockError);
});

test('a result that is known to be ignored is not waited for', async () => {
  const quiet = app.task({ name: 't.quiet', ignoreResult: true }, () => 1);
  await assert.rejects((await quiet.delay()).get(), InvalidCall);
});

test('without a result backend, asking says so', async () => {
  for (const resultBackend of [null, 'disabled://']) {
    const none = new App('none', { environment: {}, brokerUrl: 'memory://none', resultBackend });
    await assert.rejects(none.asyncResult('x').get(), ImproperlyConfigured);
    await assert.rejects(none.asyncResult('x').state(), /no result backend is configured/);
    await none.close();
  }
});

test('revoke asks all workers over the bus', async () => {
  const { bus } = await app.drivers();
  const heard = Promise.withResolvers<ReturnType<typeof readControlRequest>>();
  const listener = await bus!.listen('control', (message) => heard.resolve(readControlRequest(message)));
  await app.asyncResult('some-id').revoke({ terminate: true, signal: 'SIGKILL' });
  const { method, arguments: args } = await heard.promise;
  assert.equal(method, 'revoke');
  assert.deepEqual(args, { task_id: 'some-id', terminate: true, signal: 'SIGKILL' });
  await listener.close();
  const { driver } = fakeDriver();
  const mute = new App('mute', { environment: {}, brokerUrl: 'fake://', drivers: [driver] });
  await assert.rejects(mute.asyncResult('x').revoke(), ImproperlyConfigured);
});

/** An app whose result backend is in the test's hands. */
function withResults(results: Partial<ResultBackend>, options: AppOptions = {}) {
  const { service, driver } = fakeDriver();
  service.results = { close: async () => {}, replyTo: undefined, ...results };
  return new App('fake-results', { environment: {}, brokerUrl: 'fake://', drivers: [driver], ...options });
}

test('5,000 who wait share one watch, are added together, and leave nothing behind', async () => {
  let watches = 0;
  let tell: (record: ResultRecord) => void = () => {};
  const added: number[] = [];
  const watched = new Set<string>();
  const enough = Promise.withResolvers<void>();
  const fake = withResults({
    watch: async (onRecord) => {
      watches += 1;
      tell = onRecord;
      return {
        add: async (ids) => {
          added.push(ids.length);
          for (const id of ids) watched.add(id);
          if (watched.size === 5000) enough.resolve();
        },
        drop: async (ids) => {
          for (const id of ids) watched.delete(id);
        },
        close: async () => {},
      };
    },
  });
  const ids = Array.from({ length: 5000 }, (_, index) => `id-${index}`);
  const waiting = ids.map((id) => fake.asyncResult<number>(id).get());
  await enough.promise;
  for (const [index, id] of ids.entries()) tell(record(id, 'SUCCESS', index));
  assert.deepEqual(
    await Promise.all(waiting),
    ids.map((_, index) => index),
  );
  assert.equal(watches, 1);
  assert.ok(added.length < 10, `${added.length} additions`);
  await (await fake.waiter()).settled();
  assert.equal(watched.size, 0);
  assert.equal((await fake.waiter()).waiting, 0);
  await fake.close();
});

test('while the store cannot be watched, all who wait are asked about in one fetch at each interval', async () => {
  const fetched: (readonly string[])[] = [];
  const fake = withResults({
    watch: () => Promise.reject(unavailable()),
    fetch: async (ids) => {
      fetched.push(ids);
      if (fetched.length < 3) throw unavailable();
      return new Map(ids.map((id) => [id, record(id, 'SUCCESS', id)]));
    },
  });
  const waiting = ['a', 'b', 'c'].map((id) => fake.asyncResult(id).get({ interval: 0.01 }));
  assert.deepEqual(await Promise.all(waiting), ['a', 'b', 'c']);
  assert.ok(fetched.every((ids) => ids.length === 3));
  await fake.close();
});

test('a store that refuses rejects who waits; closing the app does too', async () => {
  const refusing = withResults({ watch: () => Promise.reject(new TypeError('broken')) });
  await assert.rejects(refusing.asyncResult('x').get(), OperationalError);
  const closing = withResults({ watch: () => new Promise(() => {}) });
  const waiting = closing.asyncResult('x').get();
  await closing.waiter();
  await closing.close();
  await assert.rejects(waiting, /closed/);
});
