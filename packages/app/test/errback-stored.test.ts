/** Error callbacks whose message tells no more than an id. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { suite, test } from 'node:test';
import type { App, TaskOutcome } from '@lovage/app';
import { OperationalError } from '@lovage/app';
import { DriverError } from '@lovage/contracts';
import { FAILURE_HEADER, isFinal, writeMeta } from '@lovage/protocol';
import { failureIn, listening, run } from './errback-scene.ts';

/** The store of a worker in Python, which keeps a result and sends no more than the id. */
async function stored(app: App, status: string, more: object = {}): Promise<void> {
  const result = status === 'SUCCESS' ? 5 : { type: 'ValueError', message: ['no'], module: 'builtins' };
  const meta = { status, result, taskId: 'failed-1', traceback: 'Traceback…', parentId: 'parent-1', ...more };
  const { results } = await app.drivers();
  await results!.store([
    { taskId: 'failed-1', state: status, final: isFinal(status), payload: writeMeta(meta) },
  ]);
}

const memory = (t: TestContext) => {
  const heard = listening({ brokerUrl: `memory://errbacks-${crypto.randomUUID()}` });
  t.after(() => heard.app.close());
  return heard;
};

suite('an error callback that a worker in Python sent', { concurrency: true }, () => {
  test('finds the failure in the result store', async (t) => {
    const { app, given } = memory(t);
    await stored(app, 'FAILURE');
    await run(app, 'alerts.failed', { args: ['failed-1', '#ops'] });
    const [{ request, error, traceback, own }] = given as [(typeof given)[number]];
    assert.deepEqual([error.type, error.module, error.message], ['ValueError', 'builtins', 'no']);
    assert.deepEqual([traceback, own], ['Traceback…', ['#ops']]);
    assert.deepEqual(
      [request.id, request.parentId, request.rootId, request.task, request.args],
      ['failed-1', 'parent-1', 'root-1', null, null],
    );
  });

  test('knows of the call what an extended result says', async (t) => {
    const { app, given } = memory(t);
    const extended = {
      name: 'py.charge',
      args: [1],
      kwargs: { a: 2 },
      worker: 'celery@py',
      retries: 2,
      queue: 'py',
    };
    await stored(app, 'FAILURE', { extended, groupId: 'g-1' });
    await run(app, 'alerts.failed');
    const { task, args, kwargs, argsrepr, kwargsrepr, hostname, retries, queue, group } = given[0]!.request;
    assert.deepEqual(
      [task, args, kwargs, argsrepr, kwargsrepr],
      ['py.charge', [1], { a: 2 }, '(1,)', "{'a': 2}"],
    );
    assert.deepEqual([hostname, retries, queue, group], ['celery@py', 2, 'py', 'g-1']);
  });

  test('waits a moment for a failure that is stored after its callbacks are sent, as that of a chord', async (t) => {
    const { app, given } = memory(t);
    await stored(app, 'RETRY');
    const running = run(app, 'alerts.failed');
    await stored(app, 'FAILURE');
    await running;
    assert.equal(given[0]!.error.type, 'ValueError');
  });

  test('is called with the id where nothing is known, and says so', async (t) => {
    const { app, given } = memory(t);
    await run(app, 'alerts.failed');
    assert.deepEqual(
      [given[0]!.request.id, given[0]!.request.task, given[0]!.traceback],
      ['failed-1', null, null],
    );
    assert.equal(given[0]!.error.type, 'UnknownFailure');
    assert.match(given[0]!.error.message, /task failed-1 failed; its details are not known: .*no record/);
    const without = listening({ resultBackend: null });
    t.after(() => without.app.close());
    await run(without.app, 'alerts.failed');
    assert.match(without.given[0]!.error.message, /no results are kept/);
  });

  test('a header that cannot be read counts as none', async (t) => {
    const { app, given } = memory(t);
    await stored(app, 'FAILURE');
    await run(app, 'alerts.failed', { headers: { custom: { [FAILURE_HEADER]: '{' } } });
    assert.equal(given[0]!.error.type, 'ValueError');
  });

  test('asks a store that is away again, as often as it may be retried, and then does without', async (t) => {
    const { app, given } = memory(t);
    const { results } = await app.drivers();
    const away = () => Promise.reject(new DriverError('unavailable', 'gone fishing'));
    Object.assign(results!, { fetch: away });
    const first = await run(app, 'alerts.failed');
    assert.equal(first.kind, 'retry');
    assert.ok((first as Extract<TaskOutcome, { kind: 'retry' }>).error instanceof OperationalError);
    assert.equal(given.length, 0);
    assert.equal((await run(app, 'alerts.failed', { headers: { retries: 3 } })).kind, 'succeeded');
    assert.match(given[0]!.error.message, /gone fishing/);
  });

  test('that follows a success is refused: nothing has failed', async (t) => {
    const { app, given } = memory(t);
    await stored(app, 'SUCCESS');
    const error = failureIn(await run(app, 'alerts.failed', { args: [5] }));
    assert.match(
      error.message,
      /task failed-1 ended in SUCCESS: an error callback is linked with linkError, not link/,
    );
    assert.equal(given.length, 0);
  });

  test('that nothing sent is refused', async () => {
    const { app } = listening();
    const error = failureIn(await run(app, 'alerts.failed', { args: [], headers: { parentId: null } }));
    assert.match(error.message, /alerts\.failed is an error callback: give it to linkError/);
  });
});
