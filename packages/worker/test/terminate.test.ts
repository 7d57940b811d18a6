import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentTask } from '@lovage/app';
import { gate, Scene } from './scene.ts';

const REVOKED = { name: 'TaskError', type: 'TaskRevokedError', message: /terminated/ };

/** A worker with one slot, at a late acknowledged task of this function. */
async function atWork(t: TestContext, fn: (signal: AbortSignal) => Promise<unknown>) {
  const scene = new Scene(t);
  const begun = gate();
  const task = scene.app.task({ name: 'term.it', acksLate: true }, async () => {
    begun.open();
    return (await fn(currentTask()!.signal)) as null;
  });
  const next = scene.app.task('term.next', () => 'the slot is free');
  await scene.worker({ concurrency: 1 });
  const result = await task.applyAsync([], { taskId: 'it' });
  await begun.shut;
  return { scene, result, next };
}

suite('terminating a running task', { concurrency: true }, () => {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    test(`${signal}: its signal is aborted, it is REVOKED, its slot serves again`, async (t) => {
      let aborted = false;
      const { scene, result, next } = await atWork(t, async (own) => {
        own.addEventListener('abort', () => {
          aborted = true;
        });
        await sleep(60_000, undefined, { signal: own, ref: false });
      });
      await result.revoke({ terminate: true, signal });
      await assert.rejects(result.get({ timeout: 5 }), REVOKED);
      assert.equal(aborted, true);
      assert.equal(await (await next.delay()).get({ timeout: 5 }), 'the slot is free');
      assert.equal(scene.count('settle done it =REVOKED'), 1);
    });
  }

  test('a task that does not listen is given up, and its slot serves again', async (t) => {
    const { result, next } = await atWork(t, () => sleep(60_000, undefined, { ref: false }));
    await result.revoke({ terminate: true });
    await assert.rejects(result.get({ timeout: 5 }), REVOKED);
    assert.equal(await (await next.delay()).get({ timeout: 5 }), 'the slot is free');
  });

  test('a task that succeeds all the same has succeeded', async (t) => {
    const { result } = await atWork(
      t,
      (own) =>
        new Promise((resolve) => {
          own.addEventListener('abort', () => resolve('done in time'));
        }),
    );
    await result.revoke({ terminate: true });
    assert.equal(await result.get({ timeout: 5 }), 'done in time');
  });

  test('one that is being acknowledged does not begin', async (t) => {
    const acknowledging = gate();
    const answered = gate();
    const scene = new Scene(
      t,
      {},
      {
        async before(call) {
          if (call !== 'settle done early') return;
          acknowledging.open();
          await answered.shut;
        },
      },
    );
    const task = scene.app.task('term.early', () => void scene.events.push('ran'));
    const { hostname } = await scene.worker();
    const result = await task.applyAsync([], { taskId: 'early' });
    await acknowledging.shut;
    await scene.app.control.revoke('early', { terminate: true, reply: true, destination: [hostname] });
    answered.open();
    await assert.rejects(result.get({ timeout: 5 }), REVOKED);
    assert.equal(scene.count('ran'), 0);
  });
});
