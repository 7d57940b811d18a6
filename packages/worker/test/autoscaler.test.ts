import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Logger } from '@lovage/app';
import type { Clock } from '@lovage/contracts';
import { Autoscaler, autoscaleKeepaliveMs } from '../src/autoscaler.ts';
import type { AutoscaleRange } from '../src/options.ts';
import { threadPool } from '../src/pools/threads.ts';
import { ENTRY, output } from './pools-scene.ts';
import { until } from './scene.ts';

/** A clock that tests move; who sleeps is woken when they do. */
class MovedClock implements Clock {
  #nowMs = 1_000_000;
  #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#sleepers.push({ untilMs: this.#nowMs + ms, wake: resolve });
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter((each) => !due.includes(each));
    for (const { wake } of due) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function logInto(lines: string[]): Logger {
  const write = (line: string): void => {
    lines.push(line);
  };
  const log: Logger = {
    ...{ debug: write, info: write, warn: write, error: write },
    child: () => log,
    enabled: () => true,
  };
  return log;
}

function scene(range: AutoscaleRange, size = range.min) {
  const clock = new MovedClock();
  const resized: number[] = [];
  const lines: string[] = [];
  const work = { queued: 0, refusal: undefined as Error | undefined };
  const pool = {
    size,
    async resize(to: number): Promise<void> {
      resized.push(to);
      pool.size = to;
      if (work.refusal) throw work.refusal;
    },
  };
  const scaler = new Autoscaler({
    ...{ pool, range, clock, keepaliveMs: 30_000, log: logInto(lines) },
    queued: () => work.queued,
  });
  return { clock, resized, lines, work, pool, scaler };
}

describe('autoscaler', () => {
  test('the pool grows to what is queued, and no further than the maximum', () => {
    const { scaler, work, resized, lines } = scene({ max: 10, min: 3 });
    scaler.check();
    work.queued = 3;
    scaler.check();
    assert.deepEqual(resized, []);
    work.queued = 5;
    scaler.check();
    scaler.check();
    work.queued = 40;
    scaler.check();
    assert.deepEqual(resized, [5, 10]);
    assert.deepEqual(lines, ['Scaling up 2 processes.', 'Scaling up 5 processes.']);
  });

  test('it shrinks only when it has not grown for the keepalive, and never below the minimum', async () => {
    const { scaler, work, clock, resized, lines } = scene({ max: 10, min: 2 });
    work.queued = 8;
    scaler.check();
    work.queued = 1;
    await clock.pass(20_000);
    scaler.check();
    work.queued = 9;
    scaler.check();
    work.queued = 4;
    await clock.pass(30_000);
    scaler.check();
    assert.deepEqual(resized, [8, 9]);
    await clock.pass(1);
    scaler.check();
    work.queued = 0;
    scaler.check();
    assert.deepEqual(resized, [8, 9, 4, 2]);
    assert.deepEqual(lines.slice(2), ['Scaling down 5 processes.', 'Scaling down 2 processes.']);
  });

  test('started, it checks at once and then every second, until it is stopped', async () => {
    const { scaler, work, clock, resized } = scene({ max: 10, min: 1 });
    work.queued = 2;
    scaler.start();
    assert.deepEqual(resized, [2]);
    work.queued = 3;
    await clock.pass(999);
    assert.deepEqual(resized, [2]);
    await clock.pass(1);
    assert.deepEqual(resized, [2, 3]);
    scaler.stop();
    work.queued = 4;
    await clock.pass(5000);
    scaler.check();
    assert.deepEqual(resized, [2, 3]);
  });

  test('a new range takes effect at once, and what is left out stays', () => {
    const { scaler, resized } = scene({ max: 10, min: 5 });
    scaler.set({ max: 7 });
    assert.deepEqual([scaler.max, scaler.min, scaler.current], [7, 5, 5]);
    assert.deepEqual(resized, []);
    scaler.set({ min: 6 });
    assert.deepEqual([scaler.max, scaler.min, scaler.current], [7, 6, 6]);
    scaler.set({ max: 3, min: 1 });
    assert.deepEqual([scaler.max, scaler.min, scaler.current], [3, 1, 3]);
    assert.deepEqual(resized, [6, 3]);
  });

  test('a range that makes no sense is refused, and changes nothing', () => {
    const { scaler, resized } = scene({ max: 4, min: 2 });
    for (const range of [{ max: 1 }, { min: 5 }, { max: 0, min: 0 }, { min: -1 }, { max: 2.5 }]) {
      assert.throws(() => scaler.set(range), /^RangeError: autoscale needs whole numbers with 0 ≤ min ≤ max/);
    }
    assert.throws(() => scene({ max: 1, min: 2 }), RangeError);
    assert.deepEqual([scaler.max, scaler.min, resized], [4, 2, []]);
  });

  test('it answers what Celery does before and after a change (capture)', () => {
    const file = new URL('../../../interop/captures/50-control-stats-autoscale.json', import.meta.url);
    const { raw } = JSON.parse(readFileSync(file, 'utf8'));
    const { scaler } = scene({ max: 4, min: 1 });
    const facts = () => {
      const { max, min, current, queued } = scaler;
      return { max, min, current, qty: queued };
    };
    assert.deepEqual(facts(), raw.stats['w1@host1'].autoscaler);
    scaler.set({ max: 6, min: 2 });
    assert.deepEqual(facts(), raw.stats_after['w1@host1'].autoscaler);
  });

  test('a pool that cannot grow is reported, and asked again', async () => {
    const { scaler, work, clock, lines, pool } = scene({ max: 4, min: 1 });
    work.queued = 2;
    work.refusal = new Error('no more threads');
    scaler.check();
    await clock.pass(0);
    assert.deepEqual(lines, ['Scaling up 1 processes.', 'Autoscaler: cannot scale to 2']);
    pool.size = 1;
    work.refusal = undefined;
    scaler.check();
    assert.equal(pool.size, 2);
  });

  test('a clock that is set back does not keep the pool large', async () => {
    const { scaler, work, clock, pool } = scene({ max: 4, min: 1 });
    work.queued = 4;
    scaler.check();
    work.queued = 0;
    await clock.pass(-900_000);
    scaler.check();
    await clock.pass(30_001);
    scaler.check();
    assert.equal(pool.size, 1);
  });

  test('the keepalive comes from AUTOSCALE_KEEPALIVE, as for Celery', () => {
    assert.equal(autoscaleKeepaliveMs({}), 30_000);
    assert.equal(autoscaleKeepaliveMs({ AUTOSCALE_KEEPALIVE: '' }), 30_000);
    assert.equal(autoscaleKeepaliveMs({ AUTOSCALE_KEEPALIVE: '0.5' }), 500);
    for (const wrong of ['-1', 'soon', 'Infinity']) {
      assert.throws(
        () => autoscaleKeepaliveMs({ AUTOSCALE_KEEPALIVE: wrong }),
        /AUTOSCALE_KEEPALIVE must be/,
      );
    }
  });
});

test('an autoscaled pool of threads runs side by side what was queued, and is small again afterwards', async (t) => {
  const pool = threadPool({ size: 0, entry: ENTRY });
  t.after(() => pool.close(0));
  await pool.open();
  const clock = new MovedClock();
  let queued = 0;
  const scaler = new Autoscaler({
    ...{ pool, range: { max: 3, min: 0 }, clock, keepaliveMs: 30_000, log: logInto([]) },
    queued: () => queued,
  });
  const jobs = ['a', 'b', 'c'].map((id) => {
    queued += 1;
    scaler.check();
    return pool.run({ id, input: { do: 'sleep', ms: 60_000 } });
  });
  await until(() => pool.busy === 3 && ['a', 'b', 'c'].every((id) => pool.stop(id, 'ask')), 'all three run');
  await Promise.all(jobs);
  await until(() => pool.busy === 0, 'they have ended');
  assert.equal(pool.size, 3);
  queued = 0;
  await clock.pass(30_001);
  scaler.check();
  assert.equal(pool.size, 0);
  scaler.set({ min: 1 });
  assert.equal(output(await pool.run({ id: 'd', input: { do: 'echo', value: 1 } })), 1);
});
