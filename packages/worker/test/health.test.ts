import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createLogger } from '@lovage/app';
import type { Delivery } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { HealthFacts } from '../src/health/facts.ts';
import { WorkerMetrics } from '../src/health/metrics.ts';
import { type HealthOptions, startHealth } from '../src/health/server.ts';
import { until } from './scene.ts';

const now = () => performance.now();
const log = createLogger({ level: 'silent', format: 'text' });

const healthy: HealthFacts = {
  hostname: 'w@h',
  phase: 'running',
  active: 0,
  loop: { waitsFor: 'messages', sinceMs: now() },
  leases: { held: 0, leaseMs: 30_000, roundMs: now() },
};

async function serve(t: TestContext, options: Partial<HealthOptions> = {}) {
  const health = await startHealth({
    ...{ address: '127.0.0.1:0', askBroker: async () => 0, metrics: undefined, log },
    facts: () => healthy,
    ...options,
  });
  t.after(() => health.close());
  const get = async (path: string) => {
    const response = await fetch(`${health.url}${path}`);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
  return { health, get };
}

describe('health over HTTP', { timeout: 60_000 }, () => {
  test('a worker that is well is live and ready', async (t) => {
    const { get, health } = await serve(t);
    assert.match(health.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    for (const path of ['/livez', '/readyz', '/readyz?verbose']) {
      const { status, type, body } = await get(path);
      assert.deepEqual([status, type], [200, 'application/json']);
      assert.deepEqual(JSON.parse(body), { status: 'ok', worker: 'w@h', phase: 'running', problems: [] });
    }
  });

  test('what is wrong is in the body', async (t) => {
    const hung = { waitsFor: 'messages', sinceMs: now() - 60_000 } as const;
    const { get } = await serve(t, { facts: () => ({ ...healthy, loop: hung }) });
    const { status, body } = await get('/livez');
    assert.equal(status, 503);
    const { problems, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, { status: 'failing', worker: 'w@h', phase: 'running' });
    assert.match(problems[0], /^the consumer hangs: its claim has not come back for \d+ s$/);
    assert.equal((await get('/readyz')).status, 503);
  });

  test('a broker that goes away: not ready, still live', async (t) => {
    const askBroker = () => Promise.reject(new Error('connect ECONNREFUSED'));
    const { get } = await serve(t, { askBroker });
    await until(async () => (await get('/readyz')).status === 503, 'it is noticed');
    const { problems } = JSON.parse((await get('/readyz')).body);
    assert.deepEqual(problems, ['the broker is away: connect ECONNREFUSED']);
    assert.equal((await get('/livez')).status, 200);
  });

  test('other paths, other methods, and metrics that are not kept', async (t) => {
    const { get, health } = await serve(t);
    assert.equal((await get('/')).status, 404);
    assert.match((await get('/metrics')).body, /keeps no metrics/);
    assert.equal((await fetch(`${health.url}/livez`, { method: 'POST' })).status, 405);
    const head = await fetch(`${health.url}/livez`, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  test('an answer that fails is an error of its own, and the next one is given', async (t) => {
    let broken = false;
    const { get } = await serve(t, {
      facts: () => {
        if (broken) throw new Error('a bug');
        return healthy;
      },
    });
    broken = true;
    assert.equal((await get('/livez')).status, 500);
    broken = false;
    assert.equal((await get('/livez')).status, 200);
  });

  test('while it starts it answers, and does not ask the broker', async (t) => {
    let asked = 0;
    const facts = () => ({ ...healthy, phase: 'starting', loop: undefined, leases: undefined }) as const;
    const { get } = await serve(t, { facts, askBroker: async () => (asked += 1) });
    assert.equal((await get('/livez')).status, 200);
    assert.match((await get('/readyz')).body, /starting: it does not consume yet/);
    assert.equal(asked, 0);
  });

  test('an address that is taken, or not of this machine, is a clear error', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await until(() => other.listening, 'it listens');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(serve(t, { address: `127.0.0.1:${port}` }), {
      name: 'ImproperlyConfigured',
      message: `cannot serve the worker's health at 127.0.0.1:${port}: another program listens there already`,
    });
    await assert.rejects(serve(t, { address: '192.0.2.1:0' }), /this machine has no such address/);
    await assert.rejects(serve(t, { address: 'nonsense' }), /http must be a host and a port/);
  });

  test('closing ends connections that are open, and asks the broker no more', async (t) => {
    let asked = 0;
    const { health } = await serve(t, { askBroker: async () => (asked += 1) });
    await until(() => asked > 0, 'the broker was asked');
    const socket = connect(Number(new URL(health.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /livez HTTP/1.1\r\nHost: here\r\n\r\n');
    await once(socket, 'data');
    socket.write('GET /livez HT');
    await health.close();
    await assert.rejects(fetch(`${health.url}/livez`));
  });
});

describe('metrics', () => {
  const delivery = (queue: string) => ({ queue }) as Delivery;
  const headers = (task: string) => ({ task, id: crypto.randomUUID() }) as TaskHeaders;
  const gauges = { up: true, active: 3, prefetched: 2, limited: 1, slots: 4 };
  const metricsOf = (hostname = 'w@h') => WorkerMetrics.create({ hostname, gauges: () => gauges });
  const report = (kind: 'succeeded' | 'failed' | 'retried' | 'rejected' | 'ignored' | 'unreadable') => ({
    ...{ kind, runtimeS: 0.3, text: '' },
  });

  test('every step of a task counts, with the labels of celery-exporter', async () => {
    const metrics = await metricsOf();
    const one = headers('shop.pay');
    metrics.received(delivery('money'), one);
    metrics.started(one);
    metrics.ended(one, report('succeeded'));
    const two = headers('shop.pay');
    metrics.received(delivery('money'), two);
    metrics.started(two);
    metrics.ended(two, { ...report('failed'), text: "ValueError('secret-card')" });
    for (const kind of ['retried', 'rejected', 'ignored'] as const) metrics.ended(two, report(kind));
    metrics.ended(two, { ...report('failed'), text: 'said by nobody', exception: "shop.errors.Late('x')" });
    metrics.ended(two, { ...report('unreadable'), text: 'the body is no JSON' });
    metrics.revoked(two);
    metrics.unknown();
    const text = await metrics.text();
    const of = (extra = '') => `{name="shop.pay",hostname="w@h",queue_name="money"${extra}}`;
    for (const line of [
      `celery_task_received_total${of()} 2`,
      `celery_task_started_total${of()} 2`,
      `celery_task_succeeded_total${of()} 1`,
      `celery_task_failed_total${of(',exception="ValueError"')} 1`,
      `celery_task_failed_total${of(',exception="shop.errors.Late"')} 1`,
      `celery_task_failed_total${of(',exception=""')} 1`,
      `celery_task_retried_total${of()} 1`,
      `celery_task_rejected_total${of()} 1`,
      `celery_task_revoked_total${of()} 1`,
      `lovage_task_ignored_total${of()} 1`,
      `lovage_task_unknown_total{hostname="w@h"} 1`,
      `celery_task_runtime_count${of()} 1`,
      `celery_task_runtime_sum${of()} 0.3`,
      'celery_task_runtime_bucket{le="0.25",name="shop.pay",hostname="w@h",queue_name="money"} 0',
      'celery_task_runtime_bucket{le="0.5",name="shop.pay",hostname="w@h",queue_name="money"} 1',
      'celery_worker_up{hostname="w@h"} 1',
      'celery_worker_tasks_active{hostname="w@h"} 3',
      'lovage_worker_prefetched{hostname="w@h"} 2',
      'lovage_worker_rate_limited{hostname="w@h"} 1',
      'lovage_worker_slots{hostname="w@h"} 4',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line} is missing in\n${text}`);
    }
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
    assert.match(text, /^nodejs_eventloop_lag_seconds /m);
    assert.doesNotMatch(text, /secret-card|nobody/);
  });

  test('two workers of one process count apart, and served over HTTP they are whole', async (t) => {
    const [one, two] = [await metricsOf('one@h'), await metricsOf('two@h')];
    const task = headers('shop.pay');
    one.received(delivery('money'), task);
    assert.doesNotMatch(await two.text(), /shop\.pay|one@h/);
    const { get } = await serve(t, { metrics: one });
    const { status, type, body } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(type!, /^text\/plain; version=0\.0\.4/);
    assert.match(body, /^celery_task_received_total\{name="shop\.pay",.*\} 1$/m);
  });

  test('workers without metrics do not load the client', async () => {
    const { execFileSync } = await import('node:child_process');
    const program = `
      await import('@lovage/worker');
      const { createRequire } = await import('node:module');
      const loaded = Object.keys(createRequire('/').cache).filter((file) => file.includes('prom-client'));
      console.log(loaded.length);`;
    const args = ['--conditions=lovage-source', '--input-type=module', '-e', program];
    const output = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
    assert.equal(output.trim(), '0');
  });
});
