import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type RedisServer, requireService, startRedis } from '../../../tools/services.ts';
import { driver } from '../src/index.ts';

suite('redis: bindings', { skip: requireService('redis') }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis({ control: true });
  });
  after(() => server.stop());

  test('name each queue that was declared, once, on these keys and no others', async () => {
    const url = `redis://127.0.0.1:${server.port}/0`;
    const mine = driver.create(url, { transport: { global_keyprefix: 'p*[a]:' } });
    const theirs = driver.create(url, { transport: { global_keyprefix: 'pxa:' } });
    try {
      await theirs.broker!().declare([{ name: 'not mine' }]);
      assert.deepEqual(await mine.broker!().bindings?.(), []);
      await mine.broker!().declare([{ name: 'b' }, { name: 'a' }]);
      await mine.broker!().declare([{ name: 'b' }]);
      assert.deepEqual(await mine.broker!().bindings?.(), [
        { queue: 'a', exchange: 'a', routingKey: 'a' },
        { queue: 'b', exchange: 'b', routingKey: 'b' },
      ]);
    } finally {
      await Promise.all([mine.close(), theirs.close()]);
    }
  });
});
