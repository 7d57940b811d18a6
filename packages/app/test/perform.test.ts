import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamedTaskOptions, PerformContext, TaskOutcome, TaskSelf } from '@lovage/app';
import {
  App,
  currentTask,
  Ignore,
  MaxRetriesExceededError,
  perform,
  Reject,
  Retry,
  requestFrom,
  SoftTimeLimitExceeded,
} from '@lovage/app';
import { TimeLimit } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { EMPTY_EMBED, json, readHeaders, writeTask } from '@lovage/protocol';

type Fn = (self: TaskSelf, ...args: never[]) => unknown;

interface Given {
  readonly options?: Partial<NamedTaskOptions>;
  readonly args?: readonly unknown[];
  readonly kwargs?: Record<string, unknown>;
  readonly headers?: Partial<TaskHeaders>;
  readonly context?: Partial<PerformContext>;
  readonly prepare?: (app: App) => void;
}

/** Defines a bound task, sends it through the wire's form, and performs it once. */
async function run(fn: Fn, given: Given = {}): Promise<TaskOutcome> {
  const app = new App('perform', { environment: {}, brokerUrl: 'memory://' });
  given.prepare?.(app);
  const task = app.adopt({ name: 't.fn', options: { bind: true, ...given.options }, fn, file: 'here' });
  const body = { args: given.args ?? [], kwargs: given.kwargs ?? {}, embed: EMPTY_EMBED };
  const envelope = writeTask({ task: 't.fn', id: 'id-1', origin: 'gen1@host' }, body, {
    serializer: json,
    replyTo: '',
  });
  const headers = { ...readHeaders(envelope), ...given.headers };
  const request = requestFrom(
    headers,
    body,
    { queue: 'celery', redelivered: false, envelope },
    'celery@here',
  );
  return perform(app, task, request, {
    signal: new AbortController().signal,
    report: () => {},
    ...given.context,
  });
}

const failure = (outcome: TaskOutcome): unknown => {
  assert.equal(outcome.kind, 'failed');
  return (outcome as Extract<TaskOutcome, { kind: 'failed' }>).error;
};

const retry = (outcome: TaskOutcome): Extract<TaskOutcome, { kind: 'retry' }> => {
  assert.equal(outcome.kind, 'retry');
  return outcome as Extract<TaskOutcome, { kind: 'retry' }>;
};

class Broken extends Error {}
const fails = () => {
  throw new Broken('no');
};

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

test('self.retry ends the run at once, with what it was given', async () => {
  let after = false;
  const outcome = retry(
    await run((self) => {
      self.retry({ exc: new Broken('later'), countdown: 7, args: [1], kwargs: { a: 1 } });
      after = true;
    }),
  );
  assert.equal(after, false);
  assert.ok(outcome.error instanceof Broken);
  assert.equal(outcome.countdownS, 7);
  assert.deepEqual([outcome.args, outcome.kwargs], [[1], { a: 1 }]);
});

test('a retry that says no time waits defaultRetryDelay, 180 seconds', async () => {
  assert.equal(retry(await run((self) => self.retry())).countdownS, 180);
  assert.equal(retry(await run((self) => self.retry(), { options: { defaultRetryDelay: 3 } })).countdownS, 3);
  const eta = new Date(Date.now() + 60_000);
  const { countdownS } = retry(await run((self) => self.retry({ eta })));
  assert.ok(countdownS > 50 && countdownS <= 60);
  const both = failure(await run((self) => self.retry({ eta, countdown: 1 })));
  assert.match(String(both), /not both/);
});

test('when no retry is left, exc is the failure, or MaxRetriesExceededError in the words of Celery', async () => {
  const third = { headers: { retries: 3 }, args: [1, 'a'], kwargs: { k: true } };
  assert.ok(failure(await run((self) => self.retry({ exc: new Broken() }), third)) instanceof Broken);
  const error = failure(await run((self) => self.retry(), third));
  assert.ok(error instanceof MaxRetriesExceededError);
  assert.equal(error.message, "Can't retry t.fn[id-1] args:[1, 'a'] kwargs:{'k': True}");
  assert.equal((await run((self) => self.retry(), { headers: { retries: 2 } })).kind, 'retry');
});

test('maxRetries: null is for ever, and self.retry may set another limit', async () => {
  const many = { headers: { retries: 1000 } };
  assert.equal((await run((self) => self.retry(), { ...many, options: { maxRetries: null } })).kind, 'retry');
  assert.equal((await run((self) => self.retry({ maxRetries: null }), many)).kind, 'retry');
  assert.equal((await run((self) => self.retry({ maxRetries: 0 }))).kind, 'failed');
});

test('autoretryFor retries errors of its classes, but not those of dontAutoretryFor', async () => {
  class VeryBroken extends Broken {}
  const options = { autoretryFor: [Broken], dontAutoretryFor: [VeryBroken] };
  assert.equal(retry(await run(fails, { options })).countdownS, 180);
  assert.equal((await run(() => Promise.reject(new VeryBroken()), { options })).kind, 'failed');
  assert.equal((await run(() => Promise.reject(new TypeError()), { options })).kind, 'failed');
  const exhausted = await run(fails, { options, headers: { retries: 3 } });
  assert.ok(failure(exhausted) instanceof Broken);
});

test('retryKwargs set the limit and the delay of automatic retries', async () => {
  const options = { autoretryFor: [Broken], retryKwargs: { maxRetries: 5, countdown: 9 } };
  assert.equal(retry(await run(fails, { options, headers: { retries: 4 } })).countdownS, 9);
  assert.equal((await run(fails, { options, headers: { retries: 5 } })).kind, 'failed');
});

test('a limit given to self.retry holds for the automatic retry of the error it throws', async () => {
  const options = { autoretryFor: [Broken], maxRetries: 10 };
  const outcome = await run((self) => self.retry({ exc: new Broken(), maxRetries: 2 }), {
    options,
    headers: { retries: 2 },
  });
  assert.ok(failure(outcome) instanceof Broken);
});

test("backoff is Celery's formula: min(max, factor * 2 ** retries)", async () => {
  const wait = async (retries: number, options: Partial<NamedTaskOptions>) => {
    const all = { autoretryFor: [Broken], maxRetries: null, retryJitter: false, ...options };
    return retry(await run(fails, { options: all, headers: { retries } })).countdownS;
  };
  const waits = await Promise.all(
    [0, 1, 2, 3, 9, 10, 2000].map((retries) => wait(retries, { retryBackoff: true })),
  );
  assert.deepEqual(waits, [1, 2, 4, 8, 512, 600, 600]);
  assert.equal(await wait(2, { retryBackoff: 5 }), 20);
  assert.equal(await wait(0, { retryBackoff: 0.5 }), 1);
  assert.equal(await wait(0, { retryBackoff: 2.9 }), 2);
  assert.equal(await wait(5, { retryBackoff: true, retryBackoffMax: 10 }), 10);
});

test('full jitter is a whole number from 0 to the delay, both included', async () => {
  const wait = async (random: number) => {
    const options = { autoretryFor: [Broken], maxRetries: null, retryBackoff: true };
    return retry(await run(fails, { options, headers: { retries: 3 }, context: { random: () => random } }))
      .countdownS;
  };
  assert.equal(await wait(0), 0);
  assert.equal(await wait(0.5), 4);
  assert.equal(await wait(0.999999), 8);
});

test('Ignore and Reject end quietly, and are never retried by themselves', async () => {
  const options = { autoretryFor: [Error] };
  assert.deepEqual(await run(() => Promise.reject(new Ignore('done already')), { options }), {
    kind: 'ignored',
    reason: 'done already',
  });
  assert.deepEqual(await run(() => Promise.reject(new Reject('full', { requeue: true })), { options }), {
    kind: 'rejected',
    requeue: true,
    reason: 'full',
  });
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
