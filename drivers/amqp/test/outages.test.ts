import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Delivery, DriverError } from '@lovage/contracts';
import { type RabbitmqServer, requireService, startProxy, startRabbitmq } from '../../../tools/services.ts';
import { bodyOf, consume, message, openDriver, takeOne, until } from './worlds.ts';

const skip = requireService('rabbitmq', { control: true });
const isUnavailable = (error: unknown) => error instanceof DriverError && error.code === 'unavailable';

describe('amqp: outages', { skip }, () => {
  let server: RabbitmqServer;
  before(async () => {
    server = await startRabbitmq({
      control: true,
      // It looks for deliveries that were not answered in time twice a second.
      settings: { consumer_timeout: 4_000, channel_tick_interval: 500 },
    });
  });
  after(() => server?.stop());

  /** A driver behind a network that can fail. */
  async function behindProxy(timeoutMs = 3_000) {
    const proxy = await startProxy(server.port);
    const { driver, logged } = openDriver(`amqp://guest:guest@127.0.0.1:${proxy.port}//?heartbeat=1`, {
      timeoutMs,
    });
    const end = async () => {
      await driver.close();
      await proxy.close();
    };
    return { proxy, driver, logged, [Symbol.asyncDispose]: end };
  }

  test('while the server is away every call rejects in time, the first and those after', async () => {
    await using away = await behindProxy(600);
    await away.proxy.refuse();
    const { driver } = away;
    const calls: Record<string, () => Promise<unknown>> = {
      open: () => driver.open(),
      ping: () => driver.ping(),
      publish: () => driver.broker().publish([message('away', 'a')]),
      declare: () => driver.broker().declare([{ name: 'away' }]),
      depth: () => driver.broker().depth(['away']),
      peek: () => driver.broker().peek('away', 1),
      purge: () => driver.broker().purge('away'),
      trim: () => driver.broker().trim('away', 1),
      consume: () => consume(driver, 'away'),
      listen: () => driver.bus().listen('control', () => undefined),
      send: () => driver.bus().send('control', { topic: '', headers: {}, body: Buffer.from('{}') }),
    };
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(
        Object.entries(calls).map(async ([name, call]) => {
          await assert.rejects(call, isUnavailable, name);
        }),
      );
    }
    await away.proxy.heal();
    await driver.ping();
  });

  test('after a break a claim waits on, what was held is lost and comes again, and the bus hears', async () => {
    await using broken = await behindProxy();
    const { driver, proxy } = broken;
    const heard: unknown[] = [];
    await driver.bus().listen('control', ({ headers }) => heard.push(headers['n']));
    await driver.broker().publish([message('broken', 'a')]);
    const consumer = await consume(driver, 'broken');
    const before = await takeOne(consumer);
    assert.deepEqual(await consumer.renew([before]), []);
    proxy.cut();
    await until(async () => (await consumer.renew([before])).length === 1, 'its loss is known');
    assert.deepEqual(await consumer.settle([{ kind: 'done', delivery: before }]), [before]);
    const again = await takeOne(consumer);
    assert.deepEqual([bodyOf(again), again.redelivered], ['a', true]);
    assert.notEqual(again.receipt, before.receipt);
    assert.deepEqual(await consumer.settle([{ kind: 'done', delivery: again }]), []);
    await until(async () => {
      await driver.bus().send('control', { topic: '', headers: { n: 1 }, body: Buffer.from('{}') });
      return heard.length > 0;
    }, 'the bus hears again');
  });

  test('what an operator closes is opened again: publishing, claiming, the bus and results', async () => {
    await using own = await startRabbitmq({ control: true });
    await using operated = openDriver(own.url, { timeoutMs: 10_000 });
    const { driver } = operated;
    const heard: unknown[] = [];
    await driver.bus().listen('control', ({ headers }) => heard.push(headers['n']));
    const results = driver.results();
    const ended: string[] = [];
    const watch = await results.watch(({ taskId }) => void ended.push(taskId));
    const consumer = await consume(driver, 'operated');
    await driver.broker().publish([message('operated', 'before')]);
    const before = await takeOne(consumer);
    await own.closeConnections();
    await until(async () => (await consumer.renew([before])).length === 1, 'its loss is known');
    await driver.broker().publish([message('operated', 'after')]);
    const both = [await takeOne(consumer), await takeOne(consumer)];
    assert.deepEqual(both.map(bodyOf).toSorted(), ['after', 'before']);
    assert.deepEqual(await consumer.settle(both.map((delivery) => ({ kind: 'done', delivery }))), []);
    await until(async () => {
      await driver.bus().send('control', { topic: '', headers: { n: 1 }, body: Buffer.from('{}') });
      return heard.length > 0;
    }, 'the bus hears again');
    await watch.add(['t1']);
    await results.fetch(['t1']);
    const payload = Buffer.from('{"status": "SUCCESS", "result": 1, "task_id": "t1"}');
    await results.store([
      { taskId: 't1', state: 'SUCCESS', final: true, payload, replyTo: results.replyTo! },
    ]);
    await until(() => ended.includes('t1'), 'a result is heard');
  });

  test('a half-open connection is noticed while idle', async () => {
    await using half = await behindProxy();
    const { driver, proxy } = half;
    const waiting = takeOne(await consume(driver, 'half'));
    await driver.broker().declare([{ name: 'half' }]);
    proxy.strand();
    await until(() => half.logged.some((line) => line.includes('connection lost')), 'the silence is noticed');
    const publish = () => driver.broker().publish([message('half', 'a')]);
    await until(
      () =>
        publish().then(
          () => true,
          () => false,
        ),
      'it publishes again',
    );
    assert.equal(bodyOf(await waiting), 'a');
  });

  test('a restart of the server loses neither what is ready nor what waits', async () => {
    await using own = await startRabbitmq({ control: true });
    await using restarted = openDriver(own.url, { timeoutMs: 30_000 });
    const { driver } = restarted;
    const consumer = await consume(driver, 'q');
    await driver
      .broker()
      .publish([message('q', 'ready'), { ...message('q', 'parked'), notBefore: Date.now() + 3_000 }]);
    await own.kill();
    await own.restart();
    const bodies = [bodyOf(await takeOne(consumer)), bodyOf(await takeOne(consumer))];
    assert.deepEqual(bodies.toSorted(), ['parked', 'ready']);
  });

  test('a task that takes longer than consumer_timeout runs once', async () => {
    await using ours = openDriver(server.url, { transport: { consumer_timeout: 4 } });
    await using others = openDriver(server.url);
    const { driver } = ours;
    await driver.broker().publish([message('long', 'a')]);
    const consumer = await consume(driver, 'long');
    const delivery = await takeOne(consumer);
    const thief = await consume(others.driver, 'long');
    const over = AbortSignal.timeout(12_000);
    const stolen = thief.claim(1, over);
    while (!over.aborted) {
      assert.deepEqual(await consumer.renew([delivery]), []);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.deepEqual(await stolen, []);
    assert.deepEqual(await consumer.settle([{ kind: 'done', delivery }]), []);
    await consumer.close();
    assert.deepEqual(await thief.claim(1, AbortSignal.timeout(6_500)), []);
  });

  test('every crash but the first is counted, and giving back is not', async () => {
    await using others = openDriver(server.url);
    await others.driver.broker().publish([message('poison', 'a')]);
    const seen: (readonly [deliveries: number, redelivered: boolean])[] = [];
    const note = ({ deliveries, redelivered }: Delivery) => seen.push([deliveries, redelivered]);
    for (let crash = 0; crash < 3; crash += 1) {
      await using doomed = await behindProxy();
      note(await takeOne(await consume(doomed.driver, 'poison')));
      await doomed.proxy.refuse();
    }
    for (const kind of ['close', 'release'] as const) {
      const consumer = await consume(others.driver, 'poison');
      const delivery = await takeOne(consumer);
      note(delivery);
      if (kind === 'release') await consumer.settle([{ kind, delivery }]);
      await consumer.close();
    }
    const last = await consume(others.driver, 'poison');
    const delivery = await takeOne(last);
    note(delivery);
    assert.deepEqual(seen, [
      [1, false],
      [1, true],
      [2, true],
      [3, true],
      [3, true],
      [3, true],
    ]);
    assert.deepEqual(await last.settle([{ kind: 'done', delivery }]), []);
  });

  test('a busy consumer takes over from those that die beside it: each message is done once', async () => {
    await using busy = openDriver(server.url);
    const { driver } = busy;
    const count = 1_500;
    const bodies = Array.from({ length: count }, (_, n) => `m${n}`);
    await driver.broker().publish(bodies.map((body) => message('herd', body)));
    const consumer = await driver
      .broker()
      .consume({ consumer: 'busy', queues: ['herd'], prefetch: 8, leaseMs: 60_000 });
    const done = new Map<string, number>();
    const running = new Set<Promise<void>>();
    const work = async (delivery: Delivery, ms: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      assert.deepEqual(await consumer.settle([{ kind: 'done', delivery }]), []);
      done.set(bodyOf(delivery), (done.get(bodyOf(delivery)) ?? 0) + 1);
    };
    const working = (async () => {
      while (done.size < count) {
        if (running.size === 8) await Promise.race(running);
        const deliveries = await consumer.claim(8 - running.size, AbortSignal.timeout(500));
        // So that settlements fall into the moves of what is taken over.
        for (const [at, delivery] of deliveries.entries()) {
          const run = work(delivery, 1 + at).finally(() => running.delete(run));
          running.add(run);
        }
      }
      await Promise.all(running);
    })();
    for (let death = 0; death < 5; death += 1) {
      await using doomed = await behindProxy();
      await (await consume(doomed.driver, 'herd')).claim(40, AbortSignal.timeout(2_000));
      await doomed.proxy.refuse();
    }
    await working;
    assert.deepEqual(
      [...done].filter(([, times]) => times > 1),
      [],
    );
    assert.deepEqual(busy.logged, []);
  });

  test('what was held anew returns, counted, when its consumer is gone', async () => {
    await using others = openDriver(server.url);
    const doomed = await behindProxy();
    await others.driver.broker().publish([message('orphaned', 'a', { priority: 3, headers: { n: 1 } })]);
    const holder = openDriver(`amqp://guest:guest@127.0.0.1:${doomed.proxy.port}//`, {
      transport: { consumer_timeout: 2 },
    });
    const consumer = await consume(holder.driver, 'orphaned');
    const delivery = await takeOne(consumer);
    const other = await consume(others.driver, 'orphaned');
    // Half of consumer_timeout, and it has been moved.
    const until = Date.now() + 2_000;
    while (Date.now() < until) {
      assert.deepEqual(await consumer.renew([delivery]), []);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await doomed.proxy.refuse();
    const again = await takeOne(other);
    assert.deepEqual([bodyOf(again), again.deliveries, again.redelivered], ['a', 2, true]);
    assert.deepEqual(again.envelope.headers, { n: 1 });
    await Promise.all([holder.driver.close(), doomed[Symbol.asyncDispose]()]);
  });
});
