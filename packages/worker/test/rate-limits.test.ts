import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RateLimits } from '../src/rate-limits/rate-limits.ts';
import { TokenBucket } from '../src/rate-limits/token-bucket.ts';

describe('token bucket', () => {
  test('it holds one token, and n who wait get n successive times', () => {
    const bucket = new TokenBucket(10);
    assert.equal(bucket.dueMs(1000), 1000);
    bucket.take(1000, false);
    assert.deepEqual(
      [0, 1, 2].map((ahead) => bucket.dueMs(1030, ahead)),
      [1100, 1200, 1300],
    );
    // However long it was not used.
    assert.deepEqual(
      [0, 1].map((ahead) => bucket.dueMs(99_000, ahead)),
      [99_000, 99_100],
    );
  });

  test('a token that was taken late, because a timer was, does not push back the next', () => {
    const bucket = new TokenBucket(100);
    bucket.take(1000, false);
    bucket.take(1013, true);
    assert.equal(bucket.dueMs(1013), 1020);
    bucket.take(1500, true);
    assert.equal(bucket.dueMs(1500), 1500, 'after a long pause a few follow at once');
    bucket.take(1500, true);
    bucket.take(1500, true);
    bucket.take(1500, true);
    bucket.take(1500, true);
    assert.equal(bucket.dueMs(1500), 1500);
    bucket.take(1500, true);
    assert.equal(bucket.dueMs(1500), 1510, 'and no more than the pause allows');
  });

  test('a token that came to nothing is there again', () => {
    const bucket = new TokenBucket(1 / 60);
    bucket.take(1000, false);
    assert.equal(bucket.dueMs(2000), 61_000);
    bucket.putBack();
    assert.equal(bucket.dueMs(2000), 2000);
  });

  test('another rate counts from the last token on', () => {
    const bucket = new TokenBucket(1 / 3600);
    bucket.take(1000, false);
    bucket.perSecond = 1;
    assert.equal(bucket.dueMs(1000), 2000);
  });

  test('a clock that is set back stops it for an interval at most', () => {
    const bucket = new TokenBucket(1);
    bucket.take(10_000_000, false);
    assert.equal(bucket.dueMs(5000), 6000);
  });
});

describe('rate limits of a worker', () => {
  const own = (task: string) => ({ 'shop.slow': '10/m', 'shop.none': 0 })[task];

  test("they are the tasks' own until others are set, and shown as they were written", () => {
    const limits = new RateLimits({ own });
    assert.deepEqual(
      ['shop.slow', 'shop.none', 'shop.free'].map((task) => limits.limit(task)),
      ['10/m', null, null],
    );
    assert.equal(limits.bucket('shop.slow')?.intervalMs, 6000);
    assert.equal(limits.bucket('shop.free'), undefined);

    limits.set('shop.free', 5);
    limits.set('shop.slow', '1/s');
    assert.deepEqual([limits.limit('shop.free'), limits.limit('shop.slow')], [5, '1/s']);
    assert.equal(limits.bucket('shop.free')?.intervalMs, 200);
    assert.equal(limits.bucket('shop.slow')?.intervalMs, 1000);

    for (const none of [0, '', null]) {
      limits.set('shop.slow', '1/s');
      limits.set('shop.slow', none);
      assert.equal(limits.limit('shop.slow'), null);
      assert.equal(limits.bucket('shop.slow'), undefined);
    }
  });

  test('what cannot be read changes nothing', () => {
    const limits = new RateLimits({ own });
    assert.throws(() => limits.set('shop.slow', 'x/y'), { message: "KeyError('y')" });
    assert.equal(limits.limit('shop.slow'), '10/m');
  });

  test('disabled, there are none, whatever is set', () => {
    const limits = new RateLimits({ own, disabled: true });
    limits.set('shop.slow', '1/s');
    assert.equal(limits.limit('shop.slow'), null);
    assert.equal(limits.bucket('shop.slow'), undefined);
  });
});
