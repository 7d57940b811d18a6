import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { REVOCATIONS_KEPT, type Revocation } from '@lovage/contracts';
import { requireService, startRedis } from '../../../tools/services.ts';
import { openDriver, rawClient, sharedServer, stopSharedServer, until } from './worlds.ts';

const HOUR_MS = 3_600_000;
const KEYS = ['lovage:revocations', 'lovage:revocations:ends'];

function ofId(taskId: string, untilMs = Date.now() + HOUR_MS): Revocation {
  return { kind: 'id', taskId, untilMs };
}

describe('redis: revocations', { skip: requireService('redis') }, () => {
  after(stopSharedServer);

  test('they lie under lovage:, after the prefix, and the keys go when the last of them ends', async () => {
    const { url } = await sharedServer();
    await using ours = openDriver(url, { transport: { global_keyprefix: 'revoked:' } });
    await using raw = await rawClient(url);
    const [soon, late] = [Date.now() + 60_000, Date.now() + HOUR_MS];
    const store = ours.driver.revocations();
    await store.add([ofId('late', late), ofId('soon', soon)]);
    await store.add([ofId('soon too', soon)]);
    const keys = ((await raw.command('KEYS', 'revoked:*')) as string[]).sort();
    assert.deepEqual(
      keys,
      KEYS.map((key) => `revoked:${key}`),
    );
    for (const key of keys) {
      const leftMs = Number(await raw.command('PTTL', key));
      assert.ok(leftMs > 120_000 && leftMs <= HOUR_MS, `${key} has ${leftMs} ms left`);
    }
    assert.equal(((await raw.command('KEYS', 'lovage:revocations*')) as string[]).length, 0);
  });

  test('what has ended is removed when something is added', async () => {
    const { url } = await sharedServer();
    await using ours = openDriver(url, { transport: { global_keyprefix: 'ended:' } });
    await using raw = await rawClient(url);
    const store = ours.driver.revocations();
    const end = Date.now() + 200;
    await store.add([ofId('long'), ...Array.from({ length: 2500 }, (_, i) => ofId(`brief ${i}`, end))]);
    await until(async () => (await store.since()).revocations.length === 1, 'the brief ones end');
    await store.add([ofId('more')]);
    for (const key of KEYS) assert.equal(await raw.command('ZCARD', `ended:${key}`), 2);
  });

  test('when nothing has changed a look is one command with a small answer, however many are kept', async () => {
    await using server = await startRedis({ control: true });
    await using ours = openDriver(server.url);
    await using raw = await rawClient(server.url);
    const store = ours.driver.revocations();
    const many = Array.from({ length: REVOCATIONS_KEPT }, (_, i) => ofId(`some longer task id ${i}`));
    await store.add(many);
    const { cursor } = await store.since();
    await store.since(cursor); // The server knows the script now, and its client the server.
    await raw.command('CONFIG', 'RESETSTAT');
    assert.deepEqual(await store.since(cursor), { revocations: [], cursor });
    const stats = String(await raw.command('INFO', 'commandstats', 'stats'));
    assert.match(stats, /cmdstat_evalsha:calls=1,/);
    assert.doesNotMatch(stats, /cmdstat_zmscore/);
    // The answer to CONFIG RESETSTAT and ours.
    assert.ok(Number(/total_net_output_bytes:(\d+)/.exec(stats)?.[1]) < 100, stats);
  });

  test('a server that has lost all it held leaves out nothing that is added after', async () => {
    await using server = await startRedis({ control: true });
    await using ours = openDriver(server.url);
    const store = ours.driver.revocations();
    for (let i = 0; i < 5; i += 1) await store.add([ofId(`lost ${i}`)]);
    const { cursor } = await store.since();
    await server.restart({ keepData: false });
    // As many as before, so that counting from one again would reach the cursor.
    for (let i = 0; i < 5; i += 1) await store.add([ofId(`new ${i}`)]);
    const { revocations } = await store.since(cursor);
    assert.deepEqual(
      revocations.map((each) => each.kind === 'id' && each.taskId),
      [0, 1, 2, 3, 4].map((i) => `new ${i}`),
    );
  });

  test('an entry that is none of ours is named', async () => {
    const { url } = await sharedServer();
    await using ours = openDriver(url, { transport: { global_keyprefix: 'strange:' } });
    await using raw = await rawClient(url);
    await ours.driver.revocations().add([ofId('one')]);
    await raw.command('ZADD', 'strange:lovage:revocations', '9e15', 'what?');
    await raw.command('ZADD', 'strange:lovage:revocations:ends', '9e15', 'what?');
    await assert.rejects(ours.driver.revocations().since(), {
      name: 'DriverError',
      code: 'corrupt',
      message: /cannot be read: what\?/,
    });
  });
});
