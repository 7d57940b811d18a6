import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamedTaskOptions, TaskSelf } from '@lovage/app';
import { App, currentTask, Retry, SoftTimeLimitExceeded } from '@lovage/app';
import { TimeLimit } from '@lovage/contracts';
import { Broken, fails, failure, run } from './perform-once.ts';

test('a value, a promise and a thenable succeed with what they give', async () => {
  // biome-ignore lint/suspicious/noThenProperty: query builders are thenables, and tasks return them
  const thenable = { then: (done: (value: number) => void) => done(5) };
  for (const fn of [() => 5, async () => 5, () => thenable]) {
    const outcome = await run(fn);
    assert.equal(outcome.kind, 'succeeded');
    assert.equal(outcome.kind === 'succeeded' && outcome.value, 5);
  }
});

test('whatever is thrown or rejected with is the failure, Error or not', async () => {
  assert.ok(failure(await run(fails)) instanceof Broken);
  assert.equal(failure(await run(() => Promise.reject('text'))), 'text');
  assert.equal(failure(await run(() => Promise.reject(undefined))), undefined);
});

test('errors listed in throws are expected', async () => {
  const outcome = await run(fails, { options: { throws: [Broken] } });
  assert.equal(outcome.kind === 'failed' && outcome.expected, true);
  const other = await run(fails, { options: { throws: [TypeError] } });
  assert.equal(other.kind === 'failed' && other.expected, false);
});

test('kwargs arrive as one last object, or each in its place where the task names its parameters', async () => {
  const seen = async (
    options: Partial<NamedTaskOptions>,
    args: unknown[],
    kwargs: Record<string, unknown>,
  ) => {
    const outcome = await run((_self, ...all) => all, { options, args, kwargs });
    return outcome.kind === 'succeeded' ? outcome.value : failure(outcome);
  };
  assert.deepEqual(await seen({}, [1], {}), [1]);
  assert.deepEqual(await seen({}, [1], { a: 2 }), [1, { a: 2 }]);
  const params = ['x', 'y', 'z'];
  assert.deepEqual(await seen({ params }, [1], { z: 3, y: 2 }), [1, 2, 3]);
  assert.deepEqual(await seen({ params }, [], { z: 3 }), [undefined, undefined, 3]);
  assert.match(String(await seen({ params }, [1], { q: 1 })), /unexpected keyword argument 'q'/);
  assert.match(String(await seen({ params }, [1], { x: 1 })), /multiple values for argument 'x'/);
});

test('the soft time limit aborts self.signal and fails a task that does not end', async () => {
  const worker = new AbortController();
  let reason: unknown;
  const outcome = run(
    (self) => {
      self.signal.addEventListener('abort', () => {
        reason = self.signal.reason;
      });
      queueMicrotask(() => worker.abort(new TimeLimit('soft', 1000)));
      return new Promise(() => {});
    },
    { context: { signal: worker.signal } },
  );
  assert.ok(failure(await outcome) instanceof SoftTimeLimitExceeded);
  assert.ok(reason instanceof SoftTimeLimitExceeded);
});

test('a task that listens to its signal may end by itself', async () => {
  const worker = new AbortController();
  const outcome = await run(
    (self) => {
      queueMicrotask(() => worker.abort(new TimeLimit('soft', 1000)));
      return new Promise((resolve) => self.signal.addEventListener('abort', () => resolve('cleaned up')));
    },
    { context: { signal: worker.signal } },
  );
  assert.equal(outcome.kind === 'succeeded' && outcome.value, 'cleaned up');
});

test('a task that is only asked to stop decides itself', async () => {
  const worker = new AbortController();
  const outcome = await run(
    async (self) => {
      worker.abort();
      await new Promise((resolve) => setImmediate(resolve));
      return self.signal.aborted;
    },
    { context: { signal: worker.signal } },
  );
  assert.equal(outcome.kind === 'succeeded' && outcome.value, true);
});

test('a late end of a task that was given up is nobody’s unhandled rejection', async () => {
  const worker = new AbortController();
  worker.abort(new TimeLimit('soft', 1));
  const { promise, reject } = Promise.withResolvers();
  const outcome = await run(() => promise, { context: { signal: worker.signal } });
  assert.ok(failure(outcome) instanceof SoftTimeLimitExceeded);
  reject(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('currentTask is the running task, through awaits and without bind, and nothing outside', async () => {
  const outcome = await run(async (self) => {
    await new Promise((resolve) => setImmediate(resolve));
    return currentTask() === self && currentTask()?.request.id;
  });
  assert.equal(outcome.kind === 'succeeded' && outcome.value, 'id-1');
  assert.equal(currentTask(), undefined);
});

test('self.request has every field of the message', async () => {
  const outcome = await run((self) => ({ ...self.request }), { args: [1], kwargs: { a: 1 } });
  assert.ok(outcome.kind === 'succeeded');
  const request = outcome.value as TaskSelf['request'];
  assert.deepEqual(
    {
      id: request.id,
      task: request.task,
      args: request.args,
      kwargs: request.kwargs,
      retries: request.retries,
    },
    { id: 'id-1', task: 't.fn', args: [1], kwargs: { a: 1 }, retries: 0 },
  );
  assert.equal(request.rootId, 'id-1');
  assert.equal(request.hostname, 'celery@here');
  assert.equal(request.lang, 'js');
  assert.deepEqual(request.deliveryInfo, {
    exchange: '',
    routingKey: 'celery',
    priority: null,
    redelivered: false,
  });
});

test('updateState reports states in order', async () => {
  const reports: unknown[] = [];
  const context = { report: (state: string, meta: unknown) => reports.push([state, meta]) };
  await run(
    (self) => {
      self.updateState('PROGRESS', { done: 1 });
      self.updateState('PROGRESS', { done: 2 });
    },
    { context },
  );
  assert.deepEqual(reports, [
    ['PROGRESS', { done: 1 }],
    ['PROGRESS', { done: 2 }],
  ]);
});

test('signals tell of every ending, prerun first and postrun last', async () => {
  const heard: string[] = [];
  const prepare = ({ signals }: App) => {
    signals.taskPrerun.connect(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      heard.push('prerun');
    });
    signals.taskSuccess.connect(({ result }) => heard.push(`success ${result}`));
    signals.taskFailure.connect(({ exception }) => heard.push(`failure ${exception}`));
    signals.taskRetry.connect(({ reason }) => heard.push(`retry ${reason}`));
    signals.taskPostrun.connect(({ state, retval }) => heard.push(`postrun ${state} ${retval}`));
  };
  await run(() => heard.push('run') && 5, { prepare });
  await run(fails, { prepare });
  await run((self) => self.retry({ exc: new Broken('again') }), { prepare });
  assert.deepEqual(heard, [
    'prerun',
    'run',
    'success 5',
    'postrun SUCCESS 5',
    'prerun',
    'failure Error: no',
    'postrun FAILURE Error: no',
    'prerun',
    'retry Error: again',
    'postrun RETRY Error: again',
  ]);
});

test('a receiver that throws does not break the task', async () => {
  const lines: string[] = [];
  const quiet = () => {};
  const logger = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (message: string) => void lines.push(message),
    child: () => logger,
    enabled: () => true,
  };
  const app = new App('signals', { environment: {}, taskAlwaysEager: true, logger });
  app.signals.taskPrerun.connect(() => {
    throw new Error('receiver');
  });
  app.signals.taskPostrun.connect(() => Promise.reject(new Error('receiver')));
  const five = app.task('t.five', () => 5);
  assert.equal(await (await five.delay()).get(), 5);
  assert.deepEqual(lines, [
    'a receiver of the signal taskPrerun failed',
    'a receiver of the signal taskPostrun failed',
  ]);
});

test('a bound task that is simply called gets a self that cannot retry', async () => {
  const app = new App('direct', { environment: {} });
  const task = app.task({ name: 't.direct', bind: true }, (self, n: number) => {
    if (n < 0) self.retry({ exc: new Broken('called directly') });
    return self.request.calledDirectly ? n : 0;
  });
  assert.equal(task.run(5), 5);
  assert.throws(() => task.run(-1), Broken);
  assert.ok(new Retry({ countdownS: 1 }) instanceof Error);
});
