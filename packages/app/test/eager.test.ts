import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, NotRegistered, TaskError } from '@lovage/app';
import { readHeaders, readMeta } from '@lovage/protocol';
import { fakeDriver } from './fake-driver.ts';

const make = (options: AppOptions = {}) =>
  new App('eager', { environment: {}, taskAlwaysEager: true, ...options });

class Flaky extends Error {}

test('an eager call runs at once, and its result is there', async () => {
  const app = make();
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const result = await add.delay(1, 2);
  assert.equal(await result.get(), 3);
  assert.equal(await result.state(), 'SUCCESS');
  assert.equal(await result.successful(), true);
  const updates = [];
  for await (const update of result.updates()) updates.push(update);
  assert.deepEqual(updates, [{ state: 'SUCCESS', info: 3, result: 3 }]);
});

test('arguments travel through JSON, so that tests meet what workers meet', async () => {
  const app = make();
  const seen = app.task('t.seen', (value: { at: Date; list: (number | null)[] }) => value);
  const given = { at: new Date(5), list: [1, null] };
  const value = await (await seen.delay(given)).get();
  assert.notEqual(value, given);
  assert.deepEqual(value, { at: new Date(5), list: [1, null] });
});

test('what would not travel is refused by its place', async () => {
  const any = make().task('t.any', (value: unknown) => value);
  const hidden: unknown = { list: [() => 1] };
  await assert.rejects(any.delay(hidden), /^EncodeError: args\[0\]\.list\[0\]/);
});

test('retries run in place until there is no more', async () => {
  const app = make();
  let runs = 0;
  const flaky = app.task({ name: 't.flaky', autoretryFor: [Flaky], maxRetries: 4 }, (succeedAt: number) => {
    runs += 1;
    if (runs < succeedAt) throw new Flaky(`run ${runs}`);
    return runs;
  });
  assert.equal(await (await flaky.delay(3)).get(), 3);
  runs = 0;
  const result = await flaky.delay(99);
  assert.equal(runs, 5);
  assert.equal(await result.state(), 'FAILURE');
});

test('a failure is a TaskError with the error itself as its cause, or rejects the call with taskEagerPropagates', async () => {
  const cause = new Flaky('no');
  const fail = () => Promise.reject(cause);
  const quiet = await make().task('t.fail', fail).delay();
  await assert.rejects(quiet.get(), (error: TaskError) => {
    assert.ok(error instanceof TaskError);
    assert.deepEqual([error.type, error.module, error.message, error.cause], ['Flaky', 'js', 'no', cause]);
    return true;
  });
  assert.ok((await quiet.get({ propagate: false })) instanceof TaskError);
  await assert.rejects(make({ taskEagerPropagates: true }).task('t.fail', fail).delay(), cause);
});

test('links run too: callbacks with the result, errbacks with the id', async () => {
  const app = make();
  const seen: unknown[] = [];
  const note = app.task('t.note', (...values: unknown[]) => void seen.push(values));
  const half = app.task('t.half', (n: number) => {
    if (n % 2) throw new Flaky('odd');
    return n / 2;
  });
  await half.applyAsync([4], { link: [note.s('more'), note.si('alone')] });
  await half.applyAsync([3], { linkError: note.s(), taskId: 'odd-one' });
  assert.deepEqual(seen, [[2, 'more'], ['alone'], ['odd-one']]);
});

test('an eager call of an unknown task is refused', async () => {
  await assert.rejects(make().sendTask('t.unknown'), NotRegistered);
});

test('bulk runs each', async () => {
  const app = make();
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const results = await app.bulk([add.s(1, 2), add.s(3, 4)]);
  assert.deepEqual(await Promise.all(results.map((result) => result.get())), [3, 7]);
});

test('taskStoreEagerResult keeps the result where others find it', async () => {
  const app = make({ taskStoreEagerResult: true, brokerUrl: 'memory://eager-store' });
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const { id } = await add.delay(1, 2);
  const { results } = await app.drivers();
  const record = (await results!.fetch([id])).get(id)!;
  assert.equal(readMeta(record.payload).result, 3);
  await app.close();
});

test('apply runs here while its links are sent, when not every call is eager', async () => {
  const { service, driver } = fakeDriver();
  const app = new App('apply', { environment: {}, brokerUrl: 'fake://', drivers: [driver] });
  const add = app.task('t.add', (x: number, y: number) => x + y);
  const result = await add.apply([1, 2], { link: add.s(10).set({ queue: 'next' }) });
  assert.equal(await result.get(), 3);
  const [message] = service.published[0]!;
  assert.equal(message!.queue, 'next');
  assert.equal(readHeaders(message!.envelope).parentId, result.id);
});
