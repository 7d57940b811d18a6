import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gate, Scene, until } from './scene.ts';

suite('autoscale', { concurrency: true }, () => {
  test('long tasks make the pool grow up to its maximum, and remote control shows it', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    let running = 0;
    const task = scene.app.task('scale.held', async () => {
      running += 1;
      await held.shut;
    });
    const worker = await scene.worker({ autoscale: { max: 5, min: 1 } });
    await scene.app.bulk(Array.from({ length: 8 }, () => task.s()));
    await until(() => running === 5, 'five run at once');
    const stats = await scene.app.control.inspect({ destination: [worker.hostname] }).stats();
    const { autoscaler, pool } = stats[worker.hostname] as Record<string, Record<string, unknown>>;
    assert.deepEqual({ ...autoscaler, qty: undefined }, { max: 5, min: 1, current: 5, qty: undefined });
    assert.equal(pool!['max-concurrency'], 5);
    held.open();
    await until(() => running === 8, 'all ran');
  });

  test('its range is changed by remote control', async (t) => {
    const scene = new Scene(t);
    const held = gate();
    let running = 0;
    const task = scene.app.task('scale.more', async () => {
      running += 1;
      await held.shut;
    });
    const worker = await scene.worker({ autoscale: { max: 1, min: 1 } });
    await scene.app.bulk(Array.from({ length: 4 }, () => task.s()));
    await until(() => running === 1, 'one runs');
    const one = { reply: true, destination: [worker.hostname] };
    assert.deepEqual(await scene.app.control.autoscale(3, 1, one), [
      { [worker.hostname]: { ok: 'autoscale now max=3 min=1' } },
    ]);
    await until(() => running === 3, 'three run');
    const [answer] = await scene.app.control.poolGrow(1, one);
    assert.match(JSON.stringify(answer), /pool_grow is not supported with autoscale/);
    held.open();
  });

  test('a range that makes no sense is refused when the worker starts', async (t) => {
    const scene = new Scene(t);
    await assert.rejects(scene.worker({ autoscale: { max: 1, min: 2 } }), /0 ≤ min ≤ max/);
  });
});
