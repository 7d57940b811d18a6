/** What happens to tasks when processes die: workers and children that are real, and really killed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lostIn, PreforkStage, type StoreUrls } from './prefork-stage.ts';
import { until } from './stage.ts';

/** A starved machine takes long to start a process. */
const SOON = { timeout: 60 };
/**
 * What a store has part in; the rest is in prefork-pool.ts, once.
 *
 * @param openStore Answers the URLs of an empty store; a file of their own when left out.
 */
export function children(openStore: () => StoreUrls | undefined | Promise<StoreUrls>): void {
  describe('a child that ends badly', { timeout: 90_000 }, () => {
    let stage: PreforkStage;
    before(async () => {
      stage = new PreforkStage(await openStore());
      await stage.worker('-c', '1');
    });
    after(() => stage[Symbol.asyncDispose]());
    const pid = async () => (await stage.send<number>('pf.pid')).get(SOON);

    test('an early acknowledged task that loses its child has failed', async () => {
      const result = await stage.send('pf.die_early', ['early']);
      await assert.rejects(result.get(SOON), lostIn(/signal 9 \(SIGKILL\)/));
      await pid();
      assert.equal(stage.runs('early'), 1);
    });

    test('a late acknowledged one as well, as in Celery', async () => {
      const result = await stage.send('pf.die_late', ['late']);
      await assert.rejects(result.get(SOON), lostIn(/Worker exited prematurely: signal 9 \(SIGKILL\)/));
      await pid();
      assert.equal(stage.runs(`WorkerLostError:${result.id}`), 1, 'the signal of a failure was sent');
      assert.equal(stage.runs('late'), 1);
    });

    test('with rejectOnWorkerLost it runs again', async () => {
      const result = await stage.send('pf.die_once', ['once']);
      assert.equal(await result.get(SOON), 'survived');
      assert.equal(stage.runs('once'), 2);
    });

    test('one that always kills its child fails after exactly three runs, and is kept in quarantine', async () => {
      const result = await stage.send('pf.die_always', ['always']);
      await assert.rejects(result.get(SOON), lostIn(/signal 9/));
      assert.equal(stage.runs('always'), 3);
      await until(async () => (await stage.quarantined(result.id)) !== undefined, 'it is in quarantine');
      assert.match((await stage.quarantined(result.id))!, /lost its worker 3 times/);
      await pid();
      assert.equal(stage.runs('always'), 3);
    });

    test('the message queue is empty after all that', async () => {
      await until(async () => {
        const { ready, delayed, claimed } = await stage.depth();
        return ready + delayed + claimed === 0;
      }, 'nothing is left');
    });
  });

  describe('a child that behaves', { timeout: 60_000 }, () => {
    let stage: PreforkStage;
    before(async () => {
      stage = new PreforkStage(await openStore());
      await stage.worker('-c', '2');
    });
    after(() => stage[Symbol.asyncDispose]());

    test('reports progress while it runs', async () => {
      const release = join(stage.folder, 'release');
      const result = await stage.send('pf.progress', [release]);
      const seen: [state: string, info: unknown][] = [];
      for await (const { state, info } of result.updates()) {
        seen.push([state, info]);
        if (state === 'PROGRESS') writeFileSync(release, '');
      }
      assert.deepEqual(
        seen.find(([state]) => state === 'PROGRESS'),
        ['PROGRESS', { step: 1 }],
      );
      assert.deepEqual(seen.at(-1), ['SUCCESS', 'done']);
    });

    test('calls other tasks, and is their parent', async () => {
      const result = await stage.send<string>('pf.parent');
      const childId = await result.get(SOON);
      const family = await stage.client.asyncResult(childId).get(SOON);
      assert.deepEqual(family, { id: childId, rootId: result.id, parentId: result.id });
    });
  });
}
