import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { Lovage } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Peer } from '../python.ts';
import { python, pythonWorker } from '../python.ts';
import { keptLog, until } from '../watching.ts';

const skip = requireService('redis') || requireService('celery');

/** A worker of ours that has asked its neighbours, and what it said. */
async function newcomer(t: TestContext, { broker, backend }: Peer, hostname: string) {
  const { lines, logger } = keptLog();
  const app = new Lovage('interop', { brokerUrl: broker, resultBackend: backend, logger });
  t.after(() => app.close());
  const worker = await app.worker({ hostname });
  t.after(() => worker.stop('cold'));
  const over = ['mingle: sync complete', 'mingle: all alone'];
  await until('mingle is over', () => over.some((line) => lines.includes(line)));
  return { app, worker, lines };
}

test('a worker of ours hears from one of Celery what is revoked, and misses it when it dies', {
  skip,
  timeout: 170_000,
}, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1) };
  const theirs = await pythonWorker(peer);
  t.after(() => theirs.stop('SIGKILL').catch(() => {}));
  const revoked = await python<unknown[]>(
    peer,
    "answer = app.control.revoke('long-before', reply=True, limit=1, timeout=20)",
  );
  const [name] = Object.keys(revoked[0] as object);

  // Neighbours have a second to answer, as in Celery: where the machine is too busy for that, another comes.
  let [count, ours] = [1, await newcomer(t, peer, 'ours1@host1')];
  while (!ours.lines.includes('mingle: sync complete')) {
    count += 1;
    ours = await newcomer(t, peer, `ours${count}@host1`);
  }
  const node = `ours${count}@host1`;
  assert.deepEqual(await ours.app.control.inspect({ destination: node, timeout: 20 }).revoked(), {
    [node]: ['long-before'],
  });
  await until('Celery says so too', () => theirs.log.some((line) => line.includes(`sync with ${node}`)));

  // It can only be missed by those who have heard it.
  let beats = 0;
  const onEvent = ({ hostname }: { readonly hostname: string }) => {
    if (hostname === name) beats += 1;
  };
  await using _ = await ours.app.events.receiver({ types: ['worker-heartbeat'], onEvent });
  await until('its heart is heard', () => beats > 0);

  await theirs.stop('SIGKILL');
  await until('it is missed', () => ours.lines.includes(`missed heartbeat from ${name}`));
});
