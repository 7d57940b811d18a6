import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { type PostgresServer, requireService, startPostgres, startProxy } from '../../../tools/services.ts';
import { message, record } from './messages.ts';
import { type PostgresDriver, rawClient, World } from './world.ts';

const skip = requireService('postgres', { control: true });
const isUnavailable = (error: unknown) => error instanceof DriverError && error.code === 'unavailable';
const consume = (driver: PostgresDriver, leaseMs = 60_000) =>
  driver.broker().consume({ consumer: crypto.randomUUID(), queues: ['q'], prefetch: 100, leaseMs });

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await holds()); ) {
    assert.ok(Date.now() < deadline, `waited too long until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('postgres: outages', { skip, concurrency: 3 }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres({ control: true });
  });
  after(() => server.stop());

  /** A driver behind a network that can fail. */
  async function behindProxy(timeoutMs: number) {
    const proxy = await startProxy(server.port);
    const url = server.url.replace(String(server.port), String(proxy.port));
    const world = new World(url, server.url);
    const driver = world.open({ timeoutMs });
    const end = async () => {
      await proxy.heal();
      await world.dispose();
      await proxy.close();
    };
    return { proxy, driver, world, [Symbol.asyncDispose]: end };
  }

  const callsOf = (driver: PostgresDriver): Record<string, () => Promise<unknown>> => ({
    open: () => driver.open(),
    ping: () => driver.ping(),
    publish: () => driver.broker().publish([message('away')]),
    declare: () => driver.broker().declare([{ name: 'other' }]),
    depth: () => driver.broker().depth(['away']),
    consume: () => consume(driver),
    store: () => driver.results().store([record('away')]),
    fetch: () => driver.results().fetch(['away']),
    watch: async () => (await driver.results().watch(() => undefined)).add(['away']),
    listen: () => driver.bus().listen('control', () => undefined),
    send: () => driver.bus().send('control', { topic: '', headers: {}, body: Buffer.from('{}') }),
    revision: () => driver.schedules().revision(),
    acquire: () => driver.locks().acquire('away', 'me', 1_000),
    add: () => driver.revocations().add([{ kind: 'id', taskId: 'x', untilMs: Date.now() + 60_000 }]),
  });

  for (const trouble of ['refuse', 'blackHole'] as const) {
    test(`every call rejects in time, before the first connection: ${trouble}`, async () => {
      await using away = await behindProxy(700);
      await away.proxy[trouble]();
      await Promise.all(
        Object.entries(callsOf(away.driver)).map(([name, call]) => assert.rejects(call, isUnavailable, name)),
      );
      await away.proxy.heal();
      await until(
        () =>
          away.driver.ping().then(
            () => true,
            () => false,
          ),
        'it answers again',
      );
    });

    test(`and after it has worked: ${trouble}`, async () => {
      await using away = await behindProxy(700);
      const calls = callsOf(away.driver);
      await until(
        () =>
          Promise.all(Object.values(calls).map((call) => call())).then(
            () => true,
            () => false,
          ),
        'all of them have worked',
      );
      await away.proxy[trouble]();
      // What needs the server no more, once it has been there.
      const { open: _, consume: __, listen: ___, declare: ____, watch: _____, ...rest } = calls;
      await Promise.all(
        Object.entries(rest).map(([name, call]) => assert.rejects(call, isUnavailable, name)),
      );
      await away.proxy.heal();
      await until(
        () =>
          away.driver.ping().then(
            () => true,
            () => false,
          ),
        'it answers again',
      );
    });
  }

  test('a claim waits through an outage, and hears again', async () => {
    await using away = await behindProxy(1500);
    const consumer = await consume(away.driver);
    const waiting = consumer.claim(1, AbortSignal.timeout(60_000));
    await away.proxy.refuse();
    const other = away.world.open({}, server.url).broker();
    await other.publish([message('q', ['during'])]);
    await away.proxy.heal();
    const [during] = await waiting;
    assert.ok(during);
    await consumer.settle([{ kind: 'done', delivery: during }]);
    await until(() => away.world.logged.some((line) => line.includes('listens again')), 'it listens again');
  });

  test('watches and listeners go on after their connection was killed', async () => {
    await using away = await behindProxy(3000);
    const heard: string[] = [];
    const results = away.driver.results();
    const watch = await results.watch((each) => heard.push(each.taskId));
    await watch.add(['a', 'b', 'c']);
    const bus = away.driver.bus();
    await bus.listen('control', ({ topic }) => heard.push(topic));
    away.proxy.cut();
    const elsewhere = away.world.open({}, server.url);
    await elsewhere.results().store([record('a')]);
    await until(() => heard.includes('a'), 'what was stored meanwhile is heard');
    const ping = { topic: 'ping', headers: {}, body: Buffer.from('{}') };
    await until(async () => {
      await elsewhere.bus().send('control', ping);
      return heard.includes('ping');
    }, 'the bus is heard');
    await elsewhere.results().store([record('b')]);
    await until(() => heard.includes('b'), 'what is stored then is heard');
  });

  test('a server that ends all connections disturbs nobody for long', async () => {
    await using away = await behindProxy(5000);
    const { driver } = away;
    await driver.broker().publish([message('q', [0])]);
    const consumer = await consume(driver);
    for (let i = 0; i < 3; i += 1) {
      await using killer = await rawClient(server.url);
      await killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lovage'
          and query like '%${away.world.schema}%'`,
      );
      const [delivery] = await consumer.claim(1, AbortSignal.timeout(20_000));
      await until(
        () =>
          consumer.settle([{ kind: 'done', delivery: delivery!, followUps: [message('q', [i])] }]).then(
            () => true,
            () => false,
          ),
        'it is settled',
      );
    }
    assert.equal((await driver.broker().depth(['q']))[0]?.ready, 1);
  });

  test('what a claim took whose answer got lost comes back, uncounted', async () => {
    await using away = await behindProxy(1000);
    const consumer = await consume(away.driver);
    assert.deepEqual(await consumer.claim(1, AbortSignal.timeout(50)), []);
    const elsewhere = away.world.open({}, server.url).broker();
    await elsewhere.publish([message('q', ['warm'])]);
    const [warm] = await consumer.claim(1, AbortSignal.timeout(20_000));
    // It reaches the server in time; the answer is on its way for too long.
    away.proxy.delay(900);
    await elsewhere.publish([message('q', ['lost'])]);
    const waiting = consumer.claim(1, AbortSignal.timeout(60_000));
    await until(async () => (await elsewhere.depth(['q']))[0]?.claimed === 2, 'the server has handed it out');
    await until(
      () => away.world.logged.some((line) => line.includes('waits for its broker')),
      'the answer is late',
    );
    await away.proxy.heal();
    const [again] = await waiting;
    assert.equal(again?.deliveries, 1);
    assert.deepEqual(
      await consumer.settle([warm!, again!].map((delivery) => ({ kind: 'done', delivery }))),
      [],
    );
    assert.deepEqual(await elsewhere.depth(['q']), [{ queue: 'q', ready: 0, delayed: 0, claimed: 0 }]);
  });

  test('closing over a dead network does not hang', async () => {
    const proxy = await startProxy(server.port);
    const world = new World(server.url.replace(String(server.port), String(proxy.port)), server.url);
    const driver = world.open({ timeoutMs: 500 });
    const consumer = await consume(driver);
    void consumer.claim(1, AbortSignal.timeout(60_000)).catch(() => {});
    proxy.blackHole();
    await driver.close();
    await proxy.close();
    await world.dispose();
  });
});

describe('postgres: restarts', { skip }, () => {
  test('a restart keeps what is there, and everybody goes on', async () => {
    await using server = await startPostgres({ control: true, durable: true });
    await using world = new World(server.url);
    const driver = world.open();
    await driver.broker().publish([message('q', [1]), message('q', [2])]);
    const consumer = await consume(driver);
    const [held] = await consumer.claim(1, AbortSignal.timeout(20_000));
    await server.restart();
    const [next] = await consumer.claim(1, AbortSignal.timeout(20_000));
    assert.deepEqual(
      await consumer.settle([held!, next!].map((delivery) => ({ kind: 'done', delivery }))),
      [],
    );
  });

  test('who is refused is told so at once, and the password is not', async () => {
    await using server = await startPostgres({
      control: true,
      access: ['host all secretive 127.0.0.1/32 scram-sha-256'],
    });
    {
      await using owner = await rawClient(server.url);
      await owner.query(`create role secretive login password 'right'`);
    }
    const urlOf = (password: string) => server.url.replace('//lovage@', `//secretive:${password}@`);
    const world = new World(urlOf('s3cret'), server.url);
    const refused = (error: unknown) => {
      assert.ok(error instanceof DriverError && error.code === 'refused', String(error));
      assert.match(error.message, /password authentication failed/);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    };
    await assert.rejects(world.open().ping(), refused);
    const missing = world.open({}, server.url.replace('/postgres', '/nowhere'));
    await assert.rejects(missing.open(), /database "nowhere" does not exist.*create it/);
    await assert.rejects(world.open({}, `${server.url}?sslmode=require`).open(), (error) => {
      return error instanceof DriverError && error.code === 'refused' && /SSL/.test(error.message);
    });
    assert.doesNotMatch(world.logged.join(), /s3cret/);
    await world.dispose();
  });
});
