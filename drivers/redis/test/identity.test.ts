import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { claimOnce } from '../src/broker/claim.ts';
import { Identity } from '../src/broker/identity.ts';
import { Layout } from '../src/broker/layout.ts';
import { Connection } from '../src/connection/connection.ts';
import { readTransport } from '../src/options/transport.ts';
import { bodyOf, message, openDriver, sharedServer, stopSharedServer } from './worlds.ts';

describe('redis: the name that a consumer goes by', { skip: requireService('redis') }, () => {
  after(stopSharedServer);

  test('a claim of an earlier self that arrives late takes nothing', async () => {
    const { url, port } = await sharedServer();
    const transport = { global_keyprefix: 'late:' };
    await using other = openDriver(url, { transport });
    const client = { username: undefined, password: undefined, database: 0, tls: undefined };
    const connection = new Connection({
      locate: async () => ({ host: '127.0.0.1', port }),
      client: { ...client, connectTimeoutMs: 4_000, keepAlive: true, name: 'late' },
      label: 'redis',
      timeoutMs: 4_000,
      healthMs: 10_000,
      log: () => undefined,
    });
    const layout = new Layout(readTransport(transport));
    const options = { queues: [layout.queue('q')], max: 10, leaseMs: 60_000 };
    const identity = new Identity(connection, layout, 'consumer', 60_000);
    await identity.join();

    await other.driver.broker().publish([message('q', 'first')]);
    const claimed = await claimOnce(connection, layout, identity, options);
    const earlier = { member: identity.member, numbers: (count: number) => identity.numbers(count) };
    const held = await identity.succeed();
    assert.deepEqual(
      held,
      claimed?.deliveries.map((each) => each.receipt),
      'what was held passes to the new name',
    );

    await other.driver.broker().publish([message('q', 'second')]);
    assert.equal(await claimOnce(connection, layout, earlier, options), undefined);
    const next = await claimOnce(connection, layout, identity, options);
    assert.deepEqual(next?.deliveries.map(bodyOf), ['second']);
    connection.close();
  });
});
