/** A broker that goes away: what callers are told, and that workers go on by themselves. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage, OperationalError } from 'lovage';
import { startProxy } from '../../tools/services.ts';
import { MACHINE_MS } from '../machine.ts';
import type { Breakable, StoreConf } from './breakable.ts';
import { OUTAGES, type Outage, type OutageName, outages } from './outages.ts';
import { depthOf } from './rabbitmq.ts';
import { until } from './stage.ts';

/** What the product promises of calls, and of workers after an outage. */
const CALL_LIMIT_MS = 5000;
const WORKER_LIMIT_MS = 10_000;
const TIMEOUT_MS = 180_000;

/** @param which of what can happen to its store a worker lives through here; the long runs have all of it */
export function outageExam(store: Breakable, which: readonly OutageName[] = OUTAGES): void {
  const { name, skip, concurrency } = store;
  const all = outages({ awayMs: 4000, swallowedMs: 6000 });
  describe(`outages of ${name}`, { skip, timeout: TIMEOUT_MS, concurrency }, () => {
    test('while it is away calls are rejected within 5 s, the first and later ones', (t) =>
      rejects(t, store));
    test('a network that swallows everything rejects calls just the same', (t) => rejectsUnheard(t, store));
    for (const [what, happens] of which.map((each) => all[each])) {
      test(`a worker goes on by itself, and nothing is lost, after ${what}`, (t) =>
        goesOn(t, store, happens));
    }
  });
}

async function rejects(t: TestContext, store: Breakable): Promise<void> {
  await using opened = await store.open();
  const [used, fresh] = [caller(t, opened.conf(opened.port)), caller(t, opened.conf(opened.port))];
  await used(1);
  await opened.server.kill();
  const took = await Promise.all(
    [used, fresh].map(async (call) => [await rejectedMs(() => call(2)), await rejectedMs(() => call(3))]),
  );
  t.diagnostic(`rejected after ${took.flat().join(', ')} ms`);
  assert.ok(Math.max(...took.flat()) <= CALL_LIMIT_MS + MACHINE_MS);
  await opened.server.restart();
  for (const call of [used, fresh]) await until(() => works(() => call(4)), 'calls are taken again');
}

async function rejectsUnheard(t: TestContext, store: Breakable): Promise<void> {
  await using opened = await store.open();
  await using proxy = await startProxy(opened.port);
  const call = caller(t, opened.conf(proxy.port));
  await call(1);
  proxy.blackHole();
  const took = [await rejectedMs(() => call(2)), await rejectedMs(() => call(3))];
  assert.ok(Math.max(...took) <= CALL_LIMIT_MS + MACHINE_MS, `rejected after ${took.join(', ')} ms`);
  await proxy.heal();
  await until(() => works(() => call(4)), 'calls are taken again');
}

async function goesOn(t: TestContext, store: Breakable, happens: Outage): Promise<void> {
  await using opened = await store.open();
  await using proxy = await startProxy(opened.port);
  const conf = { lovageLeaseSeconds: 3, taskAcksLate: true, lovageLogLevel: 'silent' } as const;
  const app = new Lovage('worker', { ...conf, ...opened.conf(proxy.port) });
  const ran = new Map<number, number>();
  app.task('outage.note', async (n: number) => {
    await sleep(20);
    ran.set(n, (ran.get(n) ?? 0) + 1);
  });
  // What it calls while the worker's network is broken arrives all the same.
  const client = new Lovage('client', { ...opened.conf(opened.port), lovageLogLevel: 'silent' });
  t.after(() => Promise.all([app.close(), client.close()]));
  const send = (from: number, size: number) =>
    client.bulk(Array.from({ length: size }, (_, i) => ({ task: 'outage.note', args: [from + i] })));
  const worker = await app.worker({ concurrency: 4 });

  await send(0, 200);
  await until(() => ran.size > 20, 'it consumes');
  await happens({ store: opened, proxy });
  const backMs = Date.now();
  await until(() => works(() => send(200, 100)), 'calls are taken again');
  // What it held runs on without a broker; what was sent now must be claimed.
  await until(() => [...ran.keys()].some((n) => n >= 200), 'it claims again', 30_000);
  const pausedMs = Date.now() - backMs;
  t.diagnostic(`it ran what was sent then ${pausedMs} ms after the service was back`);
  assert.ok(pausedMs <= WORKER_LIMIT_MS + MACHINE_MS, `only after ${pausedMs} ms`);

  await until(() => ran.size === 300, 'all have run', 30_000);
  const repeats = [...ran.values()].reduce((sum, runs) => sum + runs - 1, 0);
  t.diagnostic(`300 tasks, ${repeats} repeats`);
  await worker.stop('warm');
  const depth = await depthOf(client);
  assert.equal(depth.ready + depth.delayed + depth.claimed, 0);
}

/** A program that calls a task. */
function caller(t: TestContext, conf: StoreConf): (n: number) => Promise<unknown> {
  const app = new Lovage('caller', { ...conf, lovageLogLevel: 'silent' });
  t.after(() => app.close());
  const double = app.task('outage.double', (n: number) => 2 * n);
  return (n) => double.delay(n);
}

async function rejectedMs(call: () => Promise<unknown>): Promise<number> {
  const calledMs = Date.now();
  await assert.rejects(call, OperationalError);
  return Date.now() - calledMs;
}

const works = (call: () => Promise<unknown>): Promise<boolean> =>
  call().then(
    () => true,
    () => false,
  );
