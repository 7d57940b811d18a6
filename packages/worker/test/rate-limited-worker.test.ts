import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Scene, until } from './scene.ts';

suite('rate limits in a worker', { concurrency: true }, () => {
  test('tasks start no faster than their limit allows', async (t) => {
    const scene = new Scene(t);
    const starts: number[] = [];
    const task = scene.app.task({ name: 'rate.fifty', rateLimit: '50/s' }, () => {
      starts.push(performance.now());
    });
    // Before the first token can be taken, for its task may begin later than that.
    const fromMs = performance.now();
    await scene.worker({ concurrency: 20 });
    await scene.app.bulk(Array.from({ length: 40 }, () => task.s()));
    await until(() => starts.length === 40, 'all have run');
    // The first starts at once, each of the others a fiftieth of a second later; timers may be a little early.
    assert.ok(starts.at(-1)! - fromMs >= 39 * 20 * 0.95, `${starts.at(-1)! - fromMs} ms`);
  });

  test('those that wait for their turn hold up no others, and wait in the broker', async (t) => {
    const scene = new Scene(t);
    const received = new Set<string>();
    scene.app.signals.taskReceived.connect(({ request }) => {
      if (request.task === 'rate.hourly') received.add(request.id);
    });
    let limitedRan = 0;
    const limited = scene.app.task({ name: 'rate.hourly', rateLimit: '1/h', acksLate: true }, () => {
      limitedRan += 1;
    });
    const other = scene.app.task('rate.free', () => 1);
    await scene.app.bulk(Array.from({ length: 100 }, () => limited.s()));
    await scene.worker({ concurrency: 2 });
    const results = await scene.app.bulk(Array.from({ length: 50 }, () => other.s()));
    await Promise.all(results.map((result) => result.get({ timeout: 10 })));
    assert.equal(limitedRan, 1);
    await until(async () => (await scene.depth()).delayed > 90, 'most are parked');
    assert.ok(received.size < 10, `${received.size} were announced, though they were sent away`);
  });

  test('a worker that stops gives back what waited for its turn', async (t) => {
    const scene = new Scene(t);
    const task = scene.app.task({ name: 'rate.slow', rateLimit: '1/h', acksLate: true }, () => {});
    const worker = await scene.worker();
    await scene.app.bulk(Array.from({ length: 3 }, () => task.s()));
    await until(() => scene.count('settle defer') === 0 && scene.events.length >= 3, 'they were claimed');
    await worker.stop();
    const { claimed, ready, delayed } = await scene.depth();
    assert.equal(claimed, 0);
    assert.equal(ready + delayed, 2);
  });

  test('remote control changes a limit, also for those that wait here', async (t) => {
    const scene = new Scene(t);
    let ran = 0;
    const task = scene.app.task({ name: 'rate.changed', rateLimit: '1/h', acksLate: true }, () => {
      ran += 1;
    });
    const worker = await scene.worker();
    await scene.app.bulk(Array.from({ length: 2 }, () => task.s()));
    await until(() => ran === 1, 'the first ran');
    const one = { reply: true, destination: [worker.hostname] };
    const { hostname } = worker;
    await until(async () => {
      const inspect = scene.app.control.inspect({ destination: [hostname] });
      return ((await inspect.reserved())[hostname] as unknown[]).length === 1;
    }, 'the second is reserved');
    assert.deepEqual(await scene.app.control.rateLimit('rate.changed', '100/s', one), [
      { [hostname]: { ok: 'new rate limit set successfully' } },
    ]);
    await until(() => ran === 2, 'the second ran');
  });
});
