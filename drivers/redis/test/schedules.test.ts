import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { RunClaim } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { message, openDriver, rawClient, sharedServer, stopSharedServer } from './worlds.ts';

describe('redis: schedules', { skip: requireService('redis') }, () => {
  after(stopSharedServer);

  async function world(prefix: string) {
    const { url } = await sharedServer();
    const { driver } = openDriver(url, { transport: { global_keyprefix: prefix } });
    const raw = await rawClient(url);
    const end = async () => {
      await driver.close();
      raw.client.destroy();
    };
    return { store: driver.schedules(), raw, driver, [Symbol.asyncDispose]: end };
  }

  const entry = (name: string) => ({ name, definition: Uint8Array.of(1), enabled: true, since: 1 });
  const first = (name: string, ...queues: string[]): RunClaim => ({
    name,
    previous: undefined,
    occurrence: 60_000,
    messages: queues.map((queue) => message(queue, name)),
  });
  const publish = { fence: 1, messages: 'publish' } as const;

  test('where a queue is something else, nothing of its script is done', async () => {
    await using here = await world('wrong:');
    await here.store.put([entry('good'), entry('bad')]);
    await here.raw.command('SET', 'wrong:taken', 'by somebody');
    const claims = [first('good', 'q'), first('bad', 'q', 'taken')];
    await assert.rejects(
      here.store.claimRuns(claims, { ...publish, fence: 5 }),
      /wrong:taken is a string, where a list belongs/,
    );
    const seen = (await here.store.list()).map(({ lastRun, runs }) => [lastRun, runs]);
    assert.deepEqual(seen, [
      [undefined, 0],
      [undefined, 0],
    ]);
    assert.equal(await here.raw.command('EXISTS', 'wrong:q'), 0);
    assert.deepEqual(await here.store.claimRuns([first('good', 'q')], publish), [true]);
    assert.equal(await here.raw.command('LLEN', 'wrong:q'), 1);
  });

  test('what is sent is bound as what a broker declared is', async () => {
    await using here = await world('bound:');
    await here.driver.broker().declare([{ name: 'q' }]);
    await here.store.put([entry('e')]);
    await here.store.claimRuns([first('e', 'q')], publish);
    const sent = JSON.parse(String(await here.raw.command('LINDEX', 'bound:q', '0')));
    assert.deepEqual(
      [sent.properties.delivery_info, Buffer.from(sent.body, 'base64').toString()],
      [{ exchange: '', routing_key: 'q' }, 'e'],
    );
    assert.deepEqual(await here.driver.broker().bindings?.(), [
      { exchange: 'q', queue: 'q', routingKey: 'q' },
    ]);
  });

  test('numbers stay whole when they are large', async () => {
    await using here = await world('large:');
    await here.raw.command('SET', 'large:lovage:schedules:revision', String(2 ** 52));
    await here.store.put([{ ...entry('e'), since: 8.64e15 }]);
    const claim = { ...first('e', 'q'), occurrence: 8.64e15, disable: true };
    assert.deepEqual(await here.store.claimRuns([claim], { ...publish, fence: 2 ** 53 - 1 }), [true]);
    const { since, lastRun, lastSent, version, enabled } = (await here.store.get('e'))!;
    assert.deepEqual([since, lastRun, lastSent, enabled], [8.64e15, 8.64e15, 8.64e15, false]);
    assert.equal(version, String(2 ** 52 + 2));
    assert.equal(await here.store.revision(), version);
    const late = { ...publish, fence: 2 ** 53 - 2 };
    await here.store.put([entry('f')]);
    assert.deepEqual(await here.store.claimRuns([first('f')], late), [false]);
  });

  test('an entry that somebody wrote over is said to be', async () => {
    await using here = await world('corrupt:');
    await here.raw.command('HSET', 'corrupt:lovage:schedules:entries', 'e', 'what is this');
    await assert.rejects(here.store.list(), {
      code: 'corrupt',
      message: /corrupt:lovage:schedules:entries.*what is this/,
    });
  });
});
