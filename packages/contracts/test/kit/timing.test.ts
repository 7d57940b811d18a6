import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { Backoff, batcher, realClock, WakeBell, withTimeout } from '@lovage/contracts/kit';

suite('backoff', () => {
  test('its ceiling doubles up to the most, and starts again when reset', () => {
    const backoff = new Backoff({ baseMs: 10, maxMs: 50, random: () => 1 });
    const waits = [1, 2, 3, 4, 5].map(() => backoff.next());
    assert.deepEqual([waits, backoff.attempts], [[10, 20, 40, 50, 50], 5]);
    backoff.reset();
    assert.deepEqual([backoff.next(), backoff.attempts], [10, 1]);
  });

  test('a wait is anything between nothing and the ceiling', () => {
    const draws = [0, 0.25, 0.5];
    const backoff = new Backoff({ baseMs: 100, maxMs: 100, random: () => draws.shift() ?? 0 });
    assert.deepEqual([backoff.next(), backoff.next(), backoff.next()], [0, 25, 50]);
  });

  test('does not overflow after thousands of attempts', () => {
    const backoff = new Backoff({ baseMs: 10, maxMs: 1000, random: () => 1 });
    for (let i = 0; i < 3000; i += 1) backoff.next();
    assert.equal(backoff.next(), 1000);
  });

  test('a wait ends when aborted', async () => {
    const abort = new AbortController();
    const wait = new Backoff({ baseMs: 600_000, maxMs: 600_000, random: () => 1 }).wait(abort.signal);
    abort.abort();
    await wait;
  });
});

suite('real clock', () => {
  test('sleeps no less than told, and ends early when aborted', async () => {
    const from = realClock.now();
    await realClock.sleep(20);
    // Timers count in whole milliseconds of another clock than Date.
    assert.ok(realClock.now() >= from + 19);
    await realClock.sleep(600_000, AbortSignal.abort());
    const abort = new AbortController();
    const sleep = realClock.sleep(600_000, abort.signal);
    abort.abort();
    await sleep;
  });
});

suite('wake bell', () => {
  const never = new AbortController().signal;

  test('keeps a ring until reset', async () => {
    const bell = new WakeBell();
    bell.ring();
    await bell.heard(600_000, never);
    await bell.heard(600_000, never);
    bell.reset();
    const sleeping = bell.heard(600_000, never);
    bell.ring();
    await sleeping;
  });

  test('sleeps for ever without overflow', async () => {
    const bell = new WakeBell();
    let awake = false;
    const sleeping = bell.heard(Infinity, never).then(() => (awake = true));
    await realClock.sleep(20);
    assert.equal(awake, false);
    bell.ring();
    await sleeping;
  });
});

suite('batcher', () => {
  test('gathers the calls of a turn, and those made meanwhile', async () => {
    const batches: number[][] = [];
    const double = batcher<number, number>(async (items) => {
      batches.push([...items]);
      await new Promise(setImmediate);
      return items.map((item) => item * 2);
    });
    const first = Promise.all([double(1), Promise.resolve().then(() => double(2))]);
    await new Promise(setImmediate);
    const second = Promise.all([double(3), double(4)]);
    assert.deepEqual(await first, [2, 4]);
    assert.deepEqual(await second, [6, 8]);
    assert.deepEqual(batches, [
      [1, 2],
      [3, 4],
    ]);
  });

  test('no batch exceeds its most, no more run at once than allowed', async () => {
    let running = 0;
    let most = 0;
    const sizes: number[] = [];
    const call = batcher<number, number>(
      async (items) => {
        running += 1;
        most = Math.max(most, running);
        sizes.push(items.length);
        await new Promise(setImmediate);
        running -= 1;
        return items;
      },
      { maxItems: 3, concurrency: 2 },
    );
    const items = Array.from({ length: 10 }, (_, i) => i);
    assert.deepEqual(await Promise.all(items.map(call)), items);
    assert.deepEqual([most, sizes], [2, [3, 3, 3, 1]]);
  });

  test('a batch that fails fails its calls, and only these', async () => {
    const call = batcher<number, number>(
      async ([item]) => {
        if (item === 1) throw new Error('one');
        return [item!];
      },
      { maxItems: 1 },
    );
    const outcomes = await Promise.allSettled([call(1), call(2)]);
    assert.deepEqual(
      outcomes.map((each) => each.status),
      ['rejected', 'fulfilled'],
    );
  });

  test('an answer for each, or all fail', async () => {
    const call = batcher<number, number>(async () => []);
    await assert.rejects(call(1), /a batch of 1 was answered with 0 results/);
  });
});

suite('with timeout', () => {
  test('answers, or rejects as unavailable and names what was slow', async () => {
    assert.equal(await withTimeout(Promise.resolve(1), 1000, 'it'), 1);
    await assert.rejects(withTimeout(Promise.reject(new RangeError('own')), 1000, 'it'), RangeError);
    await assert.rejects(
      withTimeout(new Promise(() => {}), 20, 'redis://host'),
      (error) =>
        error instanceof DriverError &&
        error.code === 'unavailable' &&
        /redis:\/\/host did not answer within 0.02 s/.test(error.message),
    );
  });
});
