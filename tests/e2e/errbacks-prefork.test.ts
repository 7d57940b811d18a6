/** Failures that a process does not survive: the worker tells of them in its place. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chain, chord } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Told } from './errbacks-app.ts';
import { PreforkStage } from './prefork-stage.ts';
import { until } from './stage.ts';

const APP = fileURLToPath(new URL('./errbacks-app.ts', import.meta.url));
const SOON = { timeout: 60 };

const skip = requireService('redis');
const redis = skip ? undefined : await startRedis();
after(() => redis?.stop());

/** What was told under a label, once it came and nothing is on its way any more. */
async function told(stage: PreforkStage, label: string): Promise<Told> {
  const mine = () =>
    readFileSync(join(stage.folder, 'ledger'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('told '))
      .map((line) => JSON.parse(line.slice('told '.length)) as Told)
      .filter((each) => each.label === label);
  await until(() => mine().length > 0, `${label} was told`, 60_000);
  await until(async () => {
    const { ready, claimed, delayed } = await stage.depth();
    return ready + claimed + delayed === 0;
  }, 'nothing is on its way');
  assert.equal(mine().length, 1, label);
  return mine()[0]!;
}

for (const store of ['SQLite', 'Redis'] as const) {
  describe(`error callbacks in child processes over ${store}`, {
    skip: store === 'Redis' && skip,
    timeout: 300_000,
  }, () => {
    test('of a task that failed, was killed, or took too long, alone, in a chain and in a header', async () => {
      await using stage = new PreforkStage(store === 'Redis' ? redisDatabase(redis!, 0) : undefined);
      await stage.start(APP, '--concurrency', '2').ready;
      const { client } = stage;
      const s = (name: string, ...args: unknown[]) => client.signature<number>(`eb.${name}`, args);
      const alert = (label: string) => client.signature('eb.alert', [label]);

      const failed = await s('fail', 'no').linkError(alert('failed')).delay();
      await assert.rejects(failed.get(SOON), { type: 'ValueError' });
      const plain = await told(stage, 'failed');
      assert.deepEqual([plain.id, plain.task, plain.args], [failed.id, 'eb.fail', ['no']]);
      assert.deepEqual([plain.type, plain.message, plain.traced], ['ValueError', 'no', true]);
      assert.match(plain.hostname!, /^w0@/);

      const killed = await s('die', 'SIGKILL').linkError(alert('killed')).delay();
      await assert.rejects(killed.get(SOON), { type: 'WorkerLostError' });
      const lost = await told(stage, 'killed');
      assert.deepEqual([lost.id, lost.task, lost.args], [killed.id, 'eb.die', ['SIGKILL']]);
      assert.deepEqual([lost.type, lost.traced], ['WorkerLostError', false]);
      assert.match(lost.message, /signal 9 \(SIGKILL\)/);

      const late = await chain(s('add', 1, 1), client.signature<number>('eb.spin'), s('add', 1))
        .linkError(alert('late'))
        .delay();
      await assert.rejects(late.get(SOON), { type: 'TimeLimitExceeded' });
      const slow = await told(stage, 'late');
      assert.deepEqual([slow.task, slow.type], ['eb.spin', 'TimeLimitExceeded']);

      const header = chord([s('die', 'SIGKILL'), s('add', 1, 1)], client.signature<number>('eb.sum'));
      const result = await header.linkError(alert('header')).delay();
      await assert.rejects(result.get(SOON), { type: 'ChordError' });
      const body = await told(stage, 'header');
      assert.deepEqual([body.id, body.task, body.hostname], [result.id, 'eb.sum', null]);
      assert.match(body.message, /raised WorkerLostError\('Worker exited prematurely/);
    });

    test('one whose own process dies is told again', async () => {
      await using stage = new PreforkStage(store === 'Redis' ? redisDatabase(redis!, 1) : undefined);
      await stage.start(APP, '--concurrency', '2').ready;
      const { client } = stage;
      const dying = client.signature('eb.dying', ['dying']);
      const result = await client.signature('eb.fail', ['no']).linkError(dying).delay();
      const { id, type, message } = await told(stage, 'dying');
      assert.deepEqual([id, type, message], [result.id, 'ValueError', 'no']);
    });
  });
}
