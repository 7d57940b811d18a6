import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { Worker } from '@lovage/worker';
import { gate, Scene, until } from './scene.ts';

const SOON = { timeout: 30 };

suite('intake', { concurrency: true }, () => {
  test('holds no more than its prefetch, and gives what waits in vain back to idle workers', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    const block = scene.app.task({ name: 'in.block', acksLate: true }, () => held.shut);
    const quick = scene.app.task({ name: 'in.quick', acksLate: true }, () => 'ran');
    for (let n = 0; n < 2; n += 1) await block.applyAsync([], { taskId: `block-${n}` });
    const sent = [];
    for (let n = 0; n < 20; n += 1) sent.push(await quick.applyAsync([], { taskId: `quick-${n}` }));

    await scene.worker({ concurrency: 2, prefetchMultiplier: 3 });
    await until(() => scene.events.length >= 6, 'it has claimed');
    assert.equal((await scene.depth()).claimed, 6);
    await until(async () => (await scene.depth()).claimed === 2, 'it gave back what had no slot');
    const given = scene.events.filter((event) => event.startsWith('settle release'));
    assert.equal(given.length, 4);
    assert.ok(
      given.every((event) => !event.includes('lost')),
      'uncounted',
    );
    // As long as it would take to lose patience again: it has learnt, and claims no more than it has slots for.
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(scene.events.filter((event) => event.startsWith('settle release')).length, 4);

    await scene.worker({ concurrency: 1 });
    for (const result of sent) assert.equal(await result.get(SOON), 'ran');
    assert.equal((await scene.depth()).claimed, 2, 'the blocked ones still run');
    held.open();
  });

  test('settles a flood of what does not run before it claims more of it', async (t) => {
    const slowly = {
      before: (call: string) => (call === 'claim' ? undefined : new Promise<void>(setImmediate)),
    };
    const scene = new Scene(t, {}, slowly);
    await scene.app.bulk(Array.from({ length: 800 }, () => ({ task: 'in.nobody_knows' })));
    await scene.worker({ concurrency: 50, prefetchMultiplier: 4 });
    await until(
      () => scene.events.filter((event) => event.startsWith('settle')).length === 800,
      'all are settled',
    );
    let unsettled = 0;
    let claimed = 0;
    for (const event of scene.events) {
      if (event.startsWith('settle')) unsettled -= 1;
      if (!event.startsWith('claim ')) continue;
      unsettled += 1;
      claimed += 1;
      // The first claim cannot know what it will bring.
      assert.ok(claimed <= 200 || unsettled <= 100, `${unsettled} unsettled after ${claimed} claimed`);
    }
    assert.equal(claimed, 800);
  });

  test('claims ahead again once short tasks end', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    const block = scene.app.task({ name: 'in.block', acksLate: true }, () => held.shut);
    const quick = scene.app.task({ name: 'in.quick', acksLate: true }, () => 'ran');
    await block.applyAsync([]);
    await quick.applyAsync([]);
    await scene.worker({ concurrency: 1, prefetchMultiplier: 8 });
    await until(() => scene.events.some((event) => event.startsWith('settle release')), 'it gave one back');
    held.open();
    const sent = await scene.app.bulk(Array.from({ length: 50 }, () => quick.s()));
    for (const result of sent) assert.equal(await result.get(SOON), 'ran');
  });

  test('what was taken back, or ran out of time, while it waited for a slot does not run', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    const block = scene.app.task({ name: 'in.block', acksLate: true }, () => held.shut);
    const quick = scene.app.task({ name: 'in.quick', acksLate: true }, () => void scene.events.push('ran'));
    await block.delay();
    const revoked = await quick.applyAsync([], { taskId: 'revoked' });
    const expired = await quick.applyAsync([], { taskId: 'expired', expires: 0.1 });
    await scene.worker({ concurrency: 1 });
    await until(() => scene.count('claim expired') === 1, 'both wait for the slot');
    const expiredMs = Date.now() + 110;
    await revoked.revoke();
    await until(() => Date.now() > expiredMs, 'the time is over');
    held.open();
    await assert.rejects(revoked.get(SOON), /revoked/);
    await assert.rejects(expired.get(SOON), /expired/);
    assert.equal(scene.count('ran'), 0);
  });

  test('runs as many at once as it has slots', async (t) => {
    const scene = new Scene(t);
    let running = 0;
    let most = 0;
    const task = scene.app.task('in.task', async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
    });
    await scene.worker({ concurrency: 3 });
    const sent = await scene.app.bulk(Array.from({ length: 60 }, () => task.s()));
    for (const result of sent) await result.get(SOON);
    assert.equal(most, 3);
  });

  test('a store that is away while it claims is asked again', async (t) => {
    let failures = 0;
    const before = (call: string) => {
      if (call !== 'claim' || failures === 2) return;
      failures += 1;
      throw new DriverError('unavailable', 'gone fishing');
    };
    const scene = new Scene(t, {}, { before });
    const task = scene.app.task('in.task', () => 'ran');
    await scene.worker();
    assert.equal(await (await task.delay()).get(SOON), 'ran');
    assert.equal(failures, 2);
  });

  test('a store that refuses it ends the worker with the reason', async (t) => {
    const before = (call: string) => {
      if (call === 'claim') throw new DriverError('refused', 'no such user');
    };
    const scene = new Scene(t, {}, { before });
    const worker = await scene.worker();
    await assert.rejects(worker.done, /no such user/);
  });
});

suite('stopping', { concurrency: true }, () => {
  test('warm: what runs ends and is settled, the rest is back, nothing more is claimed', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    const task = scene.app.task({ name: 'in.task', acksLate: true }, () => held.shut);
    for (let n = 0; n < 6; n += 1) await task.applyAsync([], { taskId: `t-${n}` });
    const worker = await scene.worker({ concurrency: 2, prefetchMultiplier: 2 });
    await until(async () => (await scene.depth()).claimed === 4, 'it holds four');
    const stopped = worker.stop('warm');
    await until(async () => (await scene.depth()).claimed === 2, 'it gave two back');
    held.open();
    await stopped;
    const { ready, claimed } = await scene.depth();
    assert.deepEqual([ready, claimed], [4, 0]);
    await worker.done;
  });

  test('cold: what runs is back uncounted, and nothing of what waits is started', async (t) => {
    const scene = new Scene(t);
    const late = scene.app.task({ name: 'in.late', acksLate: true }, () => new Promise(() => {}));
    const early = scene.app.task('in.early', () => void scene.events.push('ran'));
    await late.applyAsync([], { taskId: 'late' });
    for (let n = 0; n < 3; n += 1) await early.applyAsync([], { taskId: `early-${n}` });
    const worker = await scene.worker({ concurrency: 1 });
    await until(async () => (await scene.depth()).claimed === 4, 'it holds all');
    await worker.stop('cold');
    const { ready, claimed } = await scene.depth();
    assert.deepEqual([ready, claimed, scene.count('ran')], [4, 0, 0]);
    assert.equal(scene.count('settle release late'), 1);
  });

  test('a grace that is over turns a warm stop cold', async (t) => {
    const scene = new Scene(t);
    const late = scene.app.task({ name: 'in.late', acksLate: true }, () => new Promise(() => {}));
    await late.applyAsync([], { taskId: 'late' });
    const worker = await scene.worker({ shutdownGrace: 0.1 });
    await until(async () => (await scene.depth()).claimed === 1, 'it runs');
    await worker.stop('warm');
    assert.equal((await scene.depth()).ready, 1);
  });

  test('while it starts: it ends, and claims nothing', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task('in.task', () => void scene.events.push('ran'));
    await task.delay();
    const worker = new Worker(scene.app);
    const starting = worker.start();
    const stopping = worker.stop('warm');
    await Promise.all([starting, stopping, worker.done]);
    assert.deepEqual(scene.events, []);
    assert.equal((await scene.depth()).ready, 1);
  });

  test('while the broker is away from the first: it gives up waiting', async (t) => {
    const scene = new Scene(t);
    const { broker } = await scene.app.drivers();
    broker.declare = async () => {
      throw new DriverError('unavailable', 'gone fishing');
    };
    const worker = new Worker(scene.app);
    const starting = worker.start();
    await until(() => scene.alarms.some((line) => /Cannot connect/.test(line)), 'it has tried');
    await worker.stop('warm');
    await assert.rejects(starting, /gone fishing/);
    await worker.done;
  });

  test('twice is once', async (t) => {
    const worker = await new Scene(t).worker();
    await Promise.all([worker.stop('warm'), worker.stop('warm'), worker.stop('cold')]);
    await worker.stop('warm');
  });
});
