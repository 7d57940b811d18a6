/** A Redis that goes away: what callers are told, and that workers go on by themselves. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage, OperationalError } from 'lovage';
import { redisDatabase, requireService, startProxy, startRedis } from '../../tools/services.ts';
import { MACHINE_MS } from '../machine.ts';
import { outages } from './outages.ts';
import { until } from './stage.ts';

const skip = requireService('redis', { control: true });
/** What the product promises of calls, and of workers after an outage. */
const CALL_LIMIT_MS = 5000;
const WORKER_LIMIT_MS = 10_000;

describe('while Redis is away', { skip, timeout: 120_000, concurrency: 3 }, () => {
  for (const [how, used] of [
    ['from the first call on', false],
    ['after it was used', true],
  ] as const) {
    test(`calls are rejected within 5 s, the first and every later one, ${how}`, async (t) => {
      await using redis = await startRedis({ control: true, appendonly: true });
      const app = new Lovage('caller', { brokerUrl: redisDatabase(redis, 0), lovageLogLevel: 'silent' });
      t.after(() => app.close());
      const add = app.task('outage.add', (x: number, y: number) => x + y);
      if (used) await add.delay(1, 1);

      await redis.kill();
      const took: number[] = [];
      for (let n = 0; n < 3; n += 1) {
        const calledMs = Date.now();
        await assert.rejects(add.delay(n, n), OperationalError);
        took.push(Date.now() - calledMs);
      }
      t.diagnostic(`rejected after ${took.join(', ')} ms`);
      assert.ok(Math.max(...took) <= CALL_LIMIT_MS + MACHINE_MS, `rejected after ${took.join(', ')} ms`);

      await redis.restart();
      await until(
        () =>
          add.delay(2, 2).then(
            () => true,
            () => false,
          ),
        'calls are taken again',
      );
    });
  }

  test('a network that swallows everything rejects calls just the same', async (t) => {
    await using redis = await startRedis({ control: true });
    await using proxy = await startProxy(redis.port);
    const app = new Lovage('caller', {
      brokerUrl: `redis://127.0.0.1:${proxy.port}/0`,
      lovageLogLevel: 'silent',
    });
    t.after(() => app.close());
    const add = app.task('outage.add', (x: number, y: number) => x + y);
    await add.delay(1, 1);
    proxy.blackHole();
    for (let n = 0; n < 2; n += 1) {
      const calledMs = Date.now();
      await assert.rejects(add.delay(n, n), OperationalError);
      assert.ok(Date.now() - calledMs <= CALL_LIMIT_MS + MACHINE_MS);
    }
    await proxy.heal();
    await until(
      () =>
        add.delay(2, 2).then(
          () => true,
          () => false,
        ),
      'calls are taken again',
    );
  });
});

describe('a worker goes on by itself, and nothing is lost, after', {
  skip,
  timeout: 120_000,
  concurrency: 3,
}, () => {
  for (const [name, happens] of Object.entries(outages({ awayMs: 4000, swallowedMs: 6000 }))) {
    test(name, async (t) => {
      await using redis = await startRedis({ control: true, appendonly: true });
      await using proxy = await startProxy(redis.port);
      const conf = { lovageLeaseSeconds: 3, taskAcksLate: true, lovageLogLevel: 'silent' } as const;
      const app = new Lovage('worker', { ...conf, brokerUrl: `redis://127.0.0.1:${proxy.port}/0` });
      const ran = new Map<number, number>();
      app.task('outage.note', async (n: number) => {
        await sleep(20);
        ran.set(n, (ran.get(n) ?? 0) + 1);
      });
      // What it calls while the worker's network is broken arrives all the same.
      const client = new Lovage('client', { brokerUrl: redisDatabase(redis, 0), lovageLogLevel: 'silent' });
      t.after(() => Promise.all([app.close(), client.close()]));
      const send = (from: number, size: number) =>
        client.bulk(Array.from({ length: size }, (_, i) => ({ task: 'outage.note', args: [from + i] })));
      const worker = await app.worker({ concurrency: 4 });

      await send(0, 200);
      await until(() => ran.size > 20, 'it consumes');
      await happens({ redis, proxy });
      const backMs = Date.now();
      await until(
        () =>
          send(200, 100).then(
            () => true,
            () => false,
          ),
        'calls are taken again',
      );
      // What it held runs on without a broker; what was sent now must be claimed.
      await until(() => [...ran.keys()].some((n) => n >= 200), 'it claims again', 30_000);
      const pausedMs = Date.now() - backMs;
      t.diagnostic(`it ran what was sent then ${pausedMs} ms after the service was back`);
      assert.ok(pausedMs <= WORKER_LIMIT_MS + MACHINE_MS, `only after ${pausedMs} ms`);

      await until(() => ran.size === 300, 'all have run', 30_000);
      const repeats = [...ran.values()].reduce((sum, runs) => sum + runs - 1, 0);
      t.diagnostic(`300 tasks, ${repeats} repeats`);
      await worker.stop('warm');
      const { broker } = await client.drivers();
      const [depth] = await broker.depth(['celery']);
      assert.equal(depth!.ready + depth!.delayed + depth!.claimed, 0);
    });
  }
});
