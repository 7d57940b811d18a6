import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireService, startProxy, startRedis } from '../../../tools/services.ts';
import { fixture, start } from './lovage.ts';

const skip = requireService('redis');

test('a beat whose store does not answer is red within 30 s, and green when it does again', {
  skip,
}, async () => {
  await using redis = await startRedis();
  await using proxy = await startProxy(redis.port);
  const store = `redis://127.0.0.1:${proxy.port}/0`;
  const beat = start(
    ['beat', '-A', fixture('periodic.ts'), '-b', store, '-l', 'info', '--http', '127.0.0.1:0'],
    {
      limitMs: 120_000,
    },
  );
  await beat.says(/sending due task periodic\.tick/);
  const url = /served at (\S+)/.exec(beat.said())![1]!;
  const statusIs = async (status: number): Promise<number> => {
    const from = performance.now();
    while ((await fetch(`${url}/healthz`)).status !== status) await sleep(50);
    return (performance.now() - from) / 1000;
  };
  await statusIs(200);
  proxy.blackHole();
  const seconds = await statusIs(503);
  const { problems } = (await (await fetch(`${url}/healthz`)).json()) as { problems: string[] };
  console.log(`red after ${seconds.toFixed(1)} s: ${problems.join('; ')}`);
  assert.ok(seconds <= 30, `red after ${seconds} s`);
  await proxy.heal();
  await statusIs(200);
  const { length } = beat.said();
  while (!/sending due task/.test(beat.said().slice(length))) await sleep(50);
  beat.process.kill('SIGTERM');
  assert.equal((await beat.ended).code, 0);
});
