import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Lovage, type SentRun } from 'lovage';
import { PYTHON, redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { environment, FOLDER, type Peer, pythonWorker } from '../python.ts';

const skip = requireService('redis') || requireService('celery');

describe('periodic tasks between both languages', { skip, timeout: 120_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  const appOn = (peer: Peer, more: ConstructorParameters<typeof Lovage>[1] = {}) =>
    new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      lovageLogLevel: 'silent',
      environment: {},
      ...more,
    });

  test('a worker in Python runs what our beat sends', async () => {
    const peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1), queue: 'python' };
    const worker = await pythonWorker(peer);
    await using app = appOn(peer, {
      taskDefaultQueue: 'python',
      // As a Django project writes it.
      beatSchedule: {
        add: { task: 'py.add', schedule: 0.3, args: [2, 3] },
        echo: {
          ...{
            task: 'py.echo',
            schedule: { seconds: 0.3 },
            args: ['é'],
            kwargs: { deep: { list: [1, null] } },
          },
          options: { expires: 60, priority: 3, headers: { shop: 'north' }, countdown: 0.1 },
        },
      },
    });
    const sent = new Map<string, SentRun[]>();
    const enough = Promise.withResolvers<void>();
    const onSent = (run: SentRun) => {
      sent.set(run.name, [...(sent.get(run.name) ?? []), run]);
      if (['add', 'echo'].every((name) => (sent.get(name) ?? []).length > 1)) enough.resolve();
    };
    const beat = await app.beat({ onSent });
    await enough.promise;
    await beat.stop();
    for (const { id } of sent.get('add')!) assert.equal(await app.asyncResult(id).get({ timeout: 20 }), 5);
    for (const { id } of sent.get('echo')!) {
      const value = await app.asyncResult(id).get({ timeout: 20 });
      assert.deepEqual(value, { args: ['é'], kwargs: { deep: { list: [1, null] } } });
    }
    await worker.stop();
    for (const [name, runs] of sent) {
      const received = worker.log.filter((line) => runs.some(({ id }) => line.includes(`[${id}] received`)));
      assert.equal(received.length, runs.length, `${name}: each once`);
    }
  });

  test('our worker runs what `celery beat` sends', async () => {
    const peer = { broker: redisDatabase(redis, 2), backend: redisDatabase(redis, 3) };
    await using app = appOn(peer);
    const calls: unknown[] = [];
    const both = Promise.withResolvers<void>();
    app.task({ name: 'ts.totals', bind: true }, (self, x: number, y: number, options?: { unit: string }) => {
      const { headers, deliveryInfo, id } = self.request;
      calls.push([x + y, options?.unit, headers['shop'], deliveryInfo.routingKey]);
      if (new Set(calls.map((call) => JSON.stringify(call))).size > 1) both.resolve();
      return id;
    });
    const folder = mkdtempSync(join(tmpdir(), 'lovage-celery-beat-'));
    await using _worker = await app.worker({ queues: ['celery', 'elsewhere'] });
    const file = join(folder, 'celerybeat-schedule');
    const beat = spawn(PYTHON, ['-m', 'celery', '-A', 'beating', 'beat', '-s', file, '--pidfile', ''], {
      cwd: FOLDER,
      env: environment(peer),
      stdio: 'ignore',
    });
    try {
      await Promise.race([both.promise, once(beat, 'exit').then(() => assert.fail('celery beat has ended'))]);
    } finally {
      beat.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
    const seen = new Set(calls.map((call) => JSON.stringify(call)));
    assert.deepEqual([...seen].sort(), [
      JSON.stringify([3, 'EUR', null, 'celery']),
      JSON.stringify([7, null, 'north', 'elsewhere']),
    ]);
  });
});
