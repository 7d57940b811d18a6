import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type PostgresServer, requireService, startPostgres, startProxy } from '../../../tools/services.ts';
import { consumerOf, done, message, within } from './messages.ts';
import { World } from './world.ts';

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await holds()); ) {
    assert.ok(Date.now() < deadline, `waited too long until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('kombu-sql: outages', { skip: requireService('postgres', { control: true }) }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres({ control: true, durable: true });
  });
  after(() => server.stop());

  test('what a claim took whose answer got lost comes back, uncounted and unmarked', async () => {
    const proxy = await startProxy(server.port);
    await using world = await World.create(server, (url) =>
      url.replace(`:${server.port}/`, `:${proxy.port}/`),
    );
    const consumer = await world.open({ timeoutMs: 1000 }).broker().consume(consumerOf('q'));
    const elsewhere = world.open({}, `sqla+${world.engine}`).broker();
    await elsewhere.publish([message('q', ['warm'])]);
    const [warm] = await consumer.claim(1, within(20_000));
    // It reaches the server in time; the answer is on its way for too long.
    proxy.delay(900);
    await elsewhere.publish([message('q', ['lost'])]);
    const waiting = consumer.claim(1, within(60_000));
    await until(async () => (await elsewhere.depth(['q']))[0]?.claimed === 2, 'the server has handed it out');
    await until(
      () => world.logged.some((line) => line.includes('waits for its broker')),
      'the answer is late',
    );
    await proxy.heal();
    const [again] = await waiting;
    assert.deepEqual([again?.deliveries, again?.redelivered], [1, false]);
    assert.deepEqual(await consumer.settle([warm!, again!].map(done)), []);
    assert.deepEqual(await world.query('select 1 from kombu_message'), []);
    await proxy.close();
  });

  test('a restart keeps what is there, and everybody goes on', async () => {
    await using world = await World.create(server);
    const broker = world.open().broker();
    await broker.publish([message('q', [1]), message('q', [2])]);
    const consumer = await broker.consume(consumerOf('q'));
    const [held] = await consumer.claim(1, within(20_000));
    await server.restart();
    const [next] = await consumer.claim(1, within(20_000));
    assert.deepEqual(await consumer.settle([held!, next!].map(done)), []);
    assert.deepEqual(await world.query('select 1 from kombu_message'), []);
  });
});
