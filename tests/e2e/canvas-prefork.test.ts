/** Workflows in child processes, some of which die, and workers that are killed. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chain, chord, group } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { PreforkStage } from './prefork-stage.ts';
import { until } from './stage.ts';

const APP = fileURLToPath(new URL('./canvas-app.ts', import.meta.url));
const SOON = { timeout: 60 };

const skip = requireService('redis');
const redis = skip ? undefined : await startRedis();
after(() => redis?.stop());

for (const store of ['SQLite', 'Redis'] as const) {
  const broker = () => (store === 'Redis' ? redisDatabase(redis!, 0) : undefined);
  describe(`workflows in child processes over ${store}`, {
    skip: store === 'Redis' && skip,
    timeout: 120_000,
  }, () => {
    test('chords behind tasks, replaced tasks, grown headers, and a child that dies', async () => {
      await using stage = new PreforkStage(broker());
      await stage.start(APP, '--concurrency', '2').ready;
      const { client } = stage;
      const s = (name: string, ...args: unknown[]) => client.signature<number>(`cv.${name}`, args);
      const behind = chain(s('add', 1, 2), group(s('add', 10), s('add', 20)), s('total'));
      assert.equal(await (await behind.delay()).get(SOON), 36);
      const replaced = chain(s('fan', 3), s('total'), s('add', 1));
      assert.equal(await (await replaced.delay()).get(SOON), 7);
      const grown = await chord([s('grow', 1), s('grow', 2)], client.signature<number[]>('cv.list')).delay();
      assert.deepEqual([...(await grown.get(SOON))].sort(), [1, 101, 102, 2]);
      const dying = chord([s('die_once', 1), s('add', 1, 1)], s('total'));
      assert.equal(await (await dying.delay()).get(SOON), 3);
    });

    test('a worker that is killed in the middle of a header: the body runs once all the same', async () => {
      await using stage = new PreforkStage(store === 'Redis' ? redisDatabase(redis!, 2) : undefined);
      const doomed = stage.start(APP, '--concurrency', '2');
      await doomed.ready;
      const parts = Array.from({ length: 60 }, (_, n) => stage.client.signature<number>('cv.slow', [n]));
      const body = stage.client.signature<number>('cv.total');
      const result = await chord(parts, body).delay();
      await until(() => stage.runs('slow') > 10, 'the header is under way');
      await doomed.kill();
      await stage.start(APP, '--concurrency', '2').ready;
      assert.equal(await result.get(SOON), (59 * 60) / 2);
      await until(async () => {
        const { ready, claimed, delayed } = await stage.depth();
        return ready + claimed + delayed === 0;
      }, 'nothing is left');
      assert.equal(stage.runs('total'), 1);
    });
  });
}
