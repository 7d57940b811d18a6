import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import type { Worker } from '@lovage/worker';
import { gate, Scene, until } from './scene.ts';

const HTTP = { http: '127.0.0.1:0' };

async function ask(worker: Worker, path: string) {
  const response = await fetch(`${worker.healthUrl}${path}`);
  return { status: response.status, text: await response.text() };
}

suite("a worker's health over HTTP", { concurrency: true }, () => {
  test('it is live, ready, and counts what it does', async (t) => {
    const scene = new Scene(t);
    const good = scene.app.task('health.good', () => 1);
    const bad = scene.app.task('health.bad', (): number => {
      throw new RangeError('no');
    });
    const worker = await scene.worker(HTTP);
    await (await good.delay()).get({ timeout: 5 });
    await (await bad.delay()).get({ timeout: 5, propagate: false });
    assert.equal((await ask(worker, '/livez')).status, 200);
    assert.equal((await ask(worker, '/readyz')).status, 200);
    const { text } = await ask(worker, '/metrics');
    const value = (name: string, label: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`${name}{`) && line.includes(label))
        ?.split(' ')
        .at(-1);
    assert.equal(value('celery_task_succeeded_total', 'name="health.good"'), '1');
    assert.equal(value('celery_task_received_total', 'name="health.bad"'), '1');
    assert.equal(value('celery_task_failed_total', 'exception="ValueError"'), '1');
    assert.equal(value('celery_worker_up', worker.hostname), '1');
    assert.equal(value('lovage_worker_slots', worker.hostname), '2');
  });

  test('a worker that stops is live and not ready', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    const begun = gate();
    const task = scene.app.task('health.held', async () => {
      begun.open();
      await held.shut;
    });
    const worker = await scene.worker(HTTP);
    await task.delay();
    await begun.shut;
    const stopping = worker.stop();
    await until(async () => (await ask(worker, '/readyz')).status === 503, 'it is not ready');
    assert.match((await ask(worker, '/readyz')).text, /stopping/);
    assert.equal((await ask(worker, '/livez')).status, 200);
    held.open();
    await stopping;
    await assert.rejects(ask(worker, '/livez'));
  });

  test('a worker that waits for its broker is live and not ready', async (t) => {
    let away = true;
    const scene = new Scene(
      t,
      {},
      {
        before(call) {
          if (away && call === 'declare') throw new DriverError('unavailable', 'the store is away');
        },
      },
    );
    const starting = scene.worker(HTTP);
    const [worker] = scene.workers;
    await until(() => worker!.healthUrl !== undefined, 'it serves its health');
    assert.equal((await ask(worker!, '/livez')).status, 200);
    assert.match((await ask(worker!, '/readyz')).text, /starting/);
    away = false;
    await starting;
    assert.equal((await ask(worker!, '/readyz')).status, 200);
  });

  test('an address that is taken is an error of the start', async (t) => {
    const scene = new Scene(t);
    const first = await scene.worker(HTTP);
    const http = new URL(first.healthUrl!).host;
    await assert.rejects(scene.worker({ http }), /another program listens there already/);
  });
});
