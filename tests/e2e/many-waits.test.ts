import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { PreforkStage } from './prefork-stage.ts';
import { askRedis, connections } from './redis-raw.ts';
import { until } from './stage.ts';

const WAITS = 5000;
const skip = requireService('redis', { control: true });

describe('5,000 concurrent get() in one process', { skip, timeout: 120_000 }, () => {
  for (const killed of [false, true]) {
    test(
      killed ? 'all resolve though their connections are killed meanwhile' : 'take at most 2 connections',
      async (t) => {
        const redis = await startRedis({ control: true });
        t.after(() => redis.stop());
        await using stage = new PreforkStage(redisDatabase(redis, 0));
        const { port } = redis;

        // No worker yet: nobody can answer before all of them wait.
        const calls = Array.from({ length: WAITS }, (_, n) => ({ task: 'pf.nap', args: [0, String(n)] }));
        const sent = await stage.client.bulk(calls);
        let resolved = 0;
        const waits = sent.map((result) =>
          result.get({ timeout: 90 }).then((value) => {
            resolved += 1;
            return value;
          }),
        );
        const last = sent.at(-1)!.id;
        await until(async () => (await watched(port)).includes(last), 'all are watched');
        const held = await connections(port);
        t.diagnostic(`${WAITS} waits on ${held.length} connections`);
        assert.ok(held.length <= 2, `${held.length} connections`);
        assert.equal(resolved, 0);

        const worker = await stage.worker('-c', '2');
        if (killed) {
          await until(() => resolved > WAITS / 10, 'some have resolved');
          for (const id of held) await askRedis(port, 'CLIENT', 'KILL', 'ID', id);
          t.diagnostic(`their connections were killed when ${resolved} had resolved`);
          assert.ok(resolved < WAITS);
        }
        assert.deepEqual(
          await Promise.all(waits),
          calls.map(({ args }) => args[1]),
        );
        await worker.stop();
        await until(async () => (await watched(port)).length === 0, 'nobody listens any more');
        assert.ok((await connections(port)).length <= 2, 'and no connection is left behind');
      },
    );
  }
});

/** The ids of tasks that somebody waits for. */
async function watched(port: number): Promise<string[]> {
  const answer = await askRedis(port, 'PUBSUB', 'CHANNELS', 'celery-task-meta-*');
  return [...answer.matchAll(/celery-task-meta-([\w-]+)/g)].map(([, id]) => id!);
}
