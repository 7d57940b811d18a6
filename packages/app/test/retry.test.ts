import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamedTaskOptions } from '@lovage/app';
import { Ignore, MaxRetriesExceededError, Reject } from '@lovage/app';
import { Broken, fails, failure, retry, run } from './perform-once.ts';

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
