import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { gate, Scene, until } from './scene.ts';

/** A worker at a late acknowledged task that runs until `held` is opened. */
async function atWork(t: TestContext, softShutdownTimeout: number) {
  const scene = new Scene(t);
  const held = gate();
  const begun = gate();
  const task = scene.app.task({ name: 'soft.held', acksLate: true }, async () => {
    begun.open();
    await held.shut;
    return 'done';
  });
  const worker = await scene.worker({ softShutdownTimeout });
  const result = await task.applyAsync([], { taskId: 'it' });
  await begun.shut;
  return { scene, held, worker, result };
}

suite('soft shutdown', { concurrency: true }, () => {
  test('what ends in time has ended', async (t) => {
    const { scene, held, worker, result } = await atWork(t, 60);
    const stopping = worker.stop('cold');
    held.open();
    await stopping;
    assert.equal(await result.get({ timeout: 5 }), 'done');
    assert.equal(scene.count('settle done it =SUCCESS'), 1);
    assert.deepEqual(scene.alarms, ['Initiating Soft Shutdown, terminating in 60 seconds']);
  });

  test('what does not goes back as it was', async (t) => {
    const { scene, worker } = await atWork(t, 0.05);
    await worker.stop('cold');
    assert.equal(scene.count('settle release it'), 1);
    assert.equal((await scene.depth()).ready, 1);
  });

  test('whoever asks twice is not made to wait', async (t) => {
    const { scene, worker } = await atWork(t, 3600);
    void worker.stop('cold');
    await worker.stop('cold');
    assert.equal(scene.count('settle release it'), 1);
  });

  test('a warm shutdown turns soft, then cold', async (t) => {
    const { scene, worker } = await atWork(t, 0.05);
    const stopping = worker.stop('warm');
    void worker.stop('cold');
    await stopping;
    assert.equal(scene.count('settle release it'), 1);
  });

  test('an idle worker does not wait', async (t) => {
    const scene = new Scene(t);
    const worker = await scene.worker({ softShutdownTimeout: 3600 });
    await worker.stop('cold');
    assert.deepEqual(scene.alarms, []);
    await until(() => worker.done.then(() => true), 'it is done');
  });
});
