import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, ImproperlyConfigured, parseRateLimit } from '@lovage/app';

const make = (options: AppOptions = {}) => new App('rates', { environment: {}, ...options });

test('a rate is read as Celery reads it', () => {
  const rates: readonly (readonly [unknown, number])[] = [
    [10, 10],
    [0.5, 0.5],
    ['10', 10],
    ['10/', 10],
    ['10/s', 10],
    [' 10 /s', 10],
    ['0.5/s', 0.5],
    ['.5/s', 0.5],
    ['1e3/m', 1000 / 60],
    ['1_000/s', 1000],
    ['+90/m', 1.5],
    ['18/h', 0.005],
    ['0/s', 0],
    [0, 0],
    ['', 0],
    [null, 0],
    [undefined, 0],
  ];
  for (const [written, perSecond] of rates) {
    assert.ok(Math.abs(parseRateLimit(written) - perSecond) < 1e-12, String(written));
  }
});

test("what is no rate is refused in the words of Celery's workers", () => {
  const float = (shown: string) => `Invalid rate limit string: ValueError(${shown})`;
  const refusals: readonly (readonly [unknown, string])[] = [
    ['x/y', "KeyError('y')"],
    ['10/S', "KeyError('S')"],
    ['10/ s', "KeyError(' s')"],
    ['10/s/m', "KeyError('s/m')"],
    ['1/x\n', "KeyError('x\\n')"],
    ['abc', float(`"could not convert string to float: 'abc'"`)],
    ['abc/s', float(`"could not convert string to float: 'abc'"`)],
    ['/s', float(`"could not convert string to float: ''"`)],
    ['0x10', float(`"could not convert string to float: '0x10'"`)],
    ["a'b", float(`'could not convert string to float: "a\\'b"'`)],
    [`a"b'c`, float(`'could not convert string to float: \\'a"b\\\\\\'c\\''`)],
  ];
  for (const [written, message] of refusals) {
    assert.throws(() => parseRateLimit(written), { name: 'RangeError', message }, String(written));
  }
});

test('what Celery would take and could not work with is refused as well', () => {
  for (const written of [-1, '-1/s', Number.NaN, Number.POSITIVE_INFINITY, '1e999', true, [1], {}]) {
    assert.throws(
      () => parseRateLimit(written),
      /^RangeError: Invalid rate limit string: ValueError\('a rate/,
    );
  }
  for (const written of ['inf', 'nan/s']) assert.throws(() => parseRateLimit(written), /to float/);
  assert.throws(() => parseRateLimit('9'.repeat(51)), /no more than 50 characters/);
});

test('a task has its own limit, else that of the settings; 0 is none', () => {
  const app = make({ taskDefaultRateLimit: '100/m' });
  assert.equal(app.task('t.plain', () => 1).options.rateLimit, '100/m');
  assert.equal(app.task({ name: 't.null', rateLimit: null }, () => 1).options.rateLimit, '100/m');
  assert.equal(app.task({ name: 't.own', rateLimit: 5 }, () => 1).options.rateLimit, 5);
  assert.equal(app.task({ name: 't.none', rateLimit: 0 }, () => 1).options.rateLimit, 0);
  assert.equal(make().task('t.free', () => 1).options.rateLimit, undefined);
  const annotated = make({ taskAnnotations: { 't.slow': { rate_limit: '10/s' } } });
  assert.equal(annotated.task('t.slow', () => 1).options.rateLimit, '10/s');
});

test('the settings of rate limits come in all spellings, and are checked', () => {
  const environment = { LOVAGE_TASK_DEFAULT_RATE_LIMIT: '10/s', LOVAGE_WORKER_DISABLE_RATE_LIMITS: '1' };
  const { conf } = new App('rates', { environment });
  assert.deepEqual([conf.taskDefaultRateLimit, conf.workerDisableRateLimits], ['10/s', true]);
  const old = make();
  old.configFromObject({ CELERY_DEFAULT_RATE_LIMIT: 7, CELERY_DISABLE_RATE_LIMITS: true });
  assert.deepEqual([old.conf.taskDefaultRateLimit, old.conf.workerDisableRateLimits], [7, true]);
  assert.deepEqual([make().conf.taskDefaultRateLimit, make().conf.workerDisableRateLimits], [null, false]);
  assert.throws(
    () => make({ taskDefaultRateLimit: '10/day' }).conf,
    (error: Error) =>
      error instanceof ImproperlyConfigured && /must be a number a second, or a text/.test(error.message),
  );
});
