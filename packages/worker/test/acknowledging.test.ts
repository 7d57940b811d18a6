import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { currentTask } from '@lovage/app';
import { DriverError } from '@lovage/contracts';
import { gate, Scene, until } from './scene.ts';

const SOON = { timeout: 30 };

suite('acknowledging', { concurrency: true }, () => {
  test('an early acknowledged task starts once its message is gone', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task('ack.early', () => void scene.events.push('ran'));
    await scene.worker();
    const { id } = await task.applyAsync([], { taskId: 'early' });
    await until(() => scene.count(`store ${id} SUCCESS`) === 1, 'its result is kept');
    assert.deepEqual(
      scene.events.filter((event) => !event.startsWith('renew')),
      ['claim early', 'settle done early', 'ran', 'store early SUCCESS'],
    );
  });

  test('a late acknowledged task ends before, and its record goes with the acknowledgement', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task({ name: 'ack.late', acksLate: true }, () => void scene.events.push('ran'));
    await scene.worker();
    await task.applyAsync([], { taskId: 'late' });
    await until(() => scene.events.length >= 3, 'it is settled');
    assert.deepEqual(scene.events, ['claim late', 'ran', 'settle done late =SUCCESS']);
  });

  test('records are stored before the acknowledgement where they are kept elsewhere', async (t) => {
    const results = `memory://results-${crypto.randomUUID()}`;
    const scene = new Scene(t, { resultBackend: results });
    const task = scene.app.task({ name: 'ack.late', acksLate: true }, () => 1);
    await scene.worker();
    await task.applyAsync([], { taskId: 'late' });
    await until(() => scene.events.length >= 3, 'it is settled');
    assert.deepEqual(scene.events, ['claim late', 'store late SUCCESS', 'settle done late']);
  });

  test('an early acknowledged task whose message was lost before never starts', async (t) => {
    const scene = new Scene(t, {}, { claimed: (delivery) => ({ ...delivery, receipt: 'not-ours' }) });
    const task = scene.app.task('ack.early', () => void scene.events.push('ran'));
    const worker = await scene.worker();
    await task.applyAsync([], { taskId: 'early' });
    await until(() => scene.count('settle done early') === 1, 'its acknowledgement was tried');
    await worker.stop('warm');
    assert.equal(scene.count('ran'), 0);
  });

  test('an acknowledged task that outlives many leases is neither renewed nor aborted', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    const holder = scene.app.task({ name: 'ack.holder', acksLate: true }, () => held.shut);
    const long = scene.app.task('ack.long', async () => {
      const { signal } = currentTask()!;
      // Renewals of the other task show that the time for some has come.
      await until(() => scene.count('renew holder') >= 3, 'renewals happened');
      return signal.aborted;
    });
    await scene.worker();
    await holder.applyAsync([], { taskId: 'holder' });
    const result = await long.applyAsync([], { taskId: 'long' });
    assert.equal(await result.get(SOON), false);
    assert.equal(scene.count('renew long'), 0);
    assert.deepEqual(scene.alarms, []);
    held.open();
  });

  test('a late acknowledged task keeps its lease, also while the worker drains', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    const task = scene.app.task({ name: 'ack.late', acksLate: true }, () => held.shut);
    const worker = await scene.worker();
    await task.applyAsync([], { taskId: 'late' });
    await until(() => scene.count('renew late') >= 1, 'it is renewed');
    const stopping = worker.stop('warm');
    const before = scene.count('renew late');
    await until(() => scene.count('renew late') >= before + 3, 'it is renewed while draining');
    held.open();
    await stopping;
    assert.equal(scene.count('claim late'), 1);
  });

  test('a task that lost its lease is told so, once, and its end changes nothing', async (t) => {
    let lost = false;
    const scene = new Scene(t, {}, { lost: () => lost });
    const holding = gate();
    const task = scene.app.task({ name: 'ack.late', acksLate: true, bind: true }, async (self) => {
      scene.events.push('started');
      await new Promise((resolve) => self.signal.addEventListener('abort', resolve));
      scene.events.push('aborted');
      await holding.shut;
      throw new Error('interrupted');
    });
    const worker = await scene.worker();
    const result = await task.applyAsync([], { taskId: 'late' });
    await until(() => scene.count('started') === 1, 'it runs');
    lost = true;
    await until(() => scene.count('aborted') === 1, 'its signal is aborted');
    const renewed = scene.count('renew late');
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(scene.count('renew late'), renewed, 'it is renewed no more');
    assert.equal(scene.alarms.filter((line) => /lost the lease/.test(line)).length, 1);
    holding.open();
    await worker.stop('warm');
    assert.equal(await result.state(), 'PENDING', 'whoever has it now will say how it ends');
  });

  test('a store that is away while tasks end is asked again until it takes them', async (t) => {
    let away = true;
    let asked = 0;
    const scene = new Scene(
      t,
      { lovageLeaseSeconds: 60 },
      {
        before(call) {
          if (!call.startsWith('settle') || !away) return;
          asked += 1;
          throw new DriverError('unavailable', 'gone fishing');
        },
      },
    );
    let runs = 0;
    const task = scene.app.task({ name: 'ack.late', acksLate: true }, () => ++runs);
    await scene.worker();
    const result = await task.applyAsync([], { taskId: 'late' });
    await until(() => asked >= 3, 'it was tried three times');
    away = false;
    assert.equal(await result.get(SOON), 1);
    assert.equal(runs, 1);
  });
});
