import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { type RedisServer, requireService, startProxy, startRedis } from '../../../tools/services.ts';
import { startDeafNetwork } from './deaf-network.ts';
import { bodyOf, consume, message, openDriver, rawClient, takeOne, until } from './worlds.ts';

const skip = requireService('redis', { control: true });
const isUnavailable = (error: unknown) => error instanceof DriverError && error.code === 'unavailable';
const record = (taskId: string) => ({
  taskId,
  state: 'SUCCESS',
  final: true,
  payload: Buffer.from(JSON.stringify({ status: 'SUCCESS', result: 1, task_id: taskId })),
});

describe('redis: outages', { skip, concurrency: 3 }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis({ control: true });
  });
  after(() => server.stop());

  /** A driver behind a network that can fail. */
  async function behindProxy(timeoutMs = 1_500) {
    const proxy = await startProxy(server.port);
    const { driver, logged } = openDriver(`redis://127.0.0.1:${proxy.port}/0`, {
      timeoutMs,
      transport: { health_check_interval: 0.2 },
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
      consume: () => consume(driver, 'away'),
      store: () => driver.results().store([record('away')]),
      fetch: () => driver.results().fetch(['away']),
      watch: async () => (await driver.results().watch(() => undefined)).add(['away']),
      listen: () => driver.bus().listen('control', () => undefined),
      send: () => driver.bus().send('control', { topic: '', headers: {}, body: Buffer.from('{}') }),
      revision: () => driver.schedules().revision(),
      acquire: () => driver.locks().acquire('away', 'me', 1_000),
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
    assert.deepEqual(
      away.logged.filter((line) => line.startsWith('info')).length > 0,
      true,
      'the end of the outage is logged',
    );
  });

  test('a claim waits through a restart, and messages that were kept come', async () => {
    await using own = await startRedis({ control: true, appendonly: true });
    await using broken = openDriver(own.url, { timeoutMs: 2_000 });
    const consumer = await consume(broken.driver, 'q');
    const waiting = takeOne(consumer);
    await own.kill();
    await own.restart();
    await broken.driver.broker().publish([message('q', 'after')]);
    assert.equal(bodyOf(await waiting), 'after');
  });

  test('what a consumer holds is still its own after a restart', async () => {
    await using own = await startRedis({ control: true, appendonly: true });
    await using broken = openDriver(own.url, { timeoutMs: 2_000 });
    await broken.driver.broker().publish([message('q', 'a')]);
    const consumer = await consume(broken.driver, 'q');
    const delivery = await takeOne(consumer);
    await own.kill();
    await own.restart();
    assert.deepEqual(await consumer.renew([delivery]), []);
    assert.deepEqual(await consumer.settle([{ kind: 'done', delivery }]), []);
  });

  test('after CLIENT KILL what became final meanwhile is heard, and the bus hears on', async () => {
    await using own = await startRedis({ control: true });
    await using listening = openDriver(own.url);
    await using raw = await rawClient(own.url);
    const heard: string[] = [];
    const watch = await listening.driver.results().watch((each) => heard.push(each.taskId));
    await watch.add(['during', 'later']);
    await listening.driver.bus().listen('control', (each) => heard.push(String(each.headers['n'])));
    await raw.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await raw.command('SET', 'celery-task-meta-during', record('during').payload.toString());
    await until(() => heard.includes('during'), 'what was stored during the break is heard');
    await listening.driver.results().store([record('later')]);
    await until(() => heard.includes('later'), 'what was stored after it is heard');
    await listening.driver
      .bus()
      .send('control', { topic: '', headers: { n: 'again' }, body: Buffer.from('{}') });
    await until(() => heard.includes('again'), 'the bus hears again');
  });

  test('a half-open connection is noticed by a call', async () => {
    await using half = await behindProxy();
    await half.driver.ping();
    half.proxy.blackHole();
    await assert.rejects(half.driver.broker().publish([message('half', 'a')]), isUnavailable);
    half.proxy.cut();
    await half.proxy.heal();
    await half.driver.ping();
  });

  test('a half-open connection is noticed while idle, and what was missed is read', async () => {
    await using half = await behindProxy();
    await using raw = await rawClient(server.url);
    const heard: string[] = [];
    const watch = await half.driver.results().watch((each) => heard.push(each.taskId));
    await watch.add(['half-open']);
    half.proxy.blackHole();
    await raw.command('SET', 'celery-task-meta-half-open', record('half-open').payload.toString());
    await until(() => half.logged.some((line) => line.includes('no answer')), 'the silence is noticed');
    half.proxy.cut();
    await half.proxy.heal();
    await until(() => heard.includes('half-open'), 'the result is heard of');
  });

  /** A driver whose answers can get lost, and another to see what really happened. */
  async function withLostAnswers() {
    const network = await startDeafNetwork(server.port);
    const { driver } = openDriver(`redis://127.0.0.1:${network.port}/0`);
    const witness = openDriver(server.url);
    const end = async () => {
      await Promise.all([driver.close(), witness.driver.close()]);
      network.close();
    };
    return { network, driver, witness: witness.driver.broker(), [Symbol.asyncDispose]: end };
  }

  /** A consumer whose scripts the server knows: they are not sent whole again. */
  async function warmConsumer(driver: Parameters<typeof consume>[0], queue: string) {
    await driver.broker().publish([message(queue, 'first')]);
    const consumer = await consume(driver, queue);
    await consumer.settle([{ kind: 'done', delivery: await takeOne(consumer) }]);
    return consumer;
  }

  test('a claim whose answer was lost takes nothing with it', async () => {
    await using lossy = await withLostAnswers();
    const { driver, network, witness } = lossy;
    const consumer = await warmConsumer(driver, 'unheard');
    network.loseAnswers();
    await witness.publish([message('unheard', 'a')]);
    const waiting = takeOne(consumer);
    await until(async () => (await witness.depth(['unheard']))[0]?.claimed === 1, 'the claim is carried out');
    network.recover();
    const delivery = await waiting;
    assert.deepEqual([bodyOf(delivery), delivery.deliveries, delivery.redelivered], ['a', 1, true]);
    assert.deepEqual(await consumer.settle([{ kind: 'done', delivery }]), []);
    const nothing = { queue: 'unheard', ready: 0, delayed: 0, claimed: 0 };
    assert.deepEqual(await witness.depth(['unheard']), [nothing]);
  });

  test('a settlement whose answer was lost is not done twice, nor reported lost', async () => {
    await using lossy = await withLostAnswers();
    const { driver, network, witness } = lossy;
    const consumer = await warmConsumer(driver, 'resettled');
    await witness.publish([message('resettled', 'a'), message('resettled', 'b')]);
    const [a, b] = [await takeOne(consumer), await takeOne(consumer)];
    network.loseAnswers();
    const followUps = [message('resettled.next', 'c')];
    const settling = consumer.settle([
      { kind: 'done', delivery: a, followUps, records: [record('resettled')] },
      { kind: 'reject', delivery: b },
    ]);
    await until(async () => (await witness.depth(['resettled']))[0]?.claimed === 0, 'they are settled');
    network.recover();
    assert.deepEqual(await settling, []);
    assert.equal((await witness.depth(['resettled.next']))[0]?.ready, 1);
  });

  test('a publication whose answer was lost is not sent again behind the caller', async () => {
    await using lossy = await withLostAnswers();
    const { driver, network, witness } = lossy;
    await driver.ping();
    network.loseAnswers();
    const publishing = driver.broker().publish([message('unsure', 'a')]);
    publishing.catch(() => undefined);
    await until(async () => (await witness.depth(['unsure']))[0]?.ready === 1, 'it has arrived');
    network.recover();
    await assert.rejects(publishing, isUnavailable);
    assert.equal((await witness.depth(['unsure']))[0]?.ready, 1);
  });
});
