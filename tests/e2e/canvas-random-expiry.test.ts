/** Once results have expired nothing of a workflow is left in its store, however it went. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { RandomStage } from './canvas-random-stage.ts';
import { canvasSeed, onStores } from './canvas-random-stores.ts';
import { plans, TROUBLES } from './canvas-random-tree.ts';
import { until } from './stage.ts';

const SEED = canvasSeed();
const WORKFLOWS = 12;
/** Longer than any of the workflows takes, also where the machine is busy. */
const EXPIRES_S = 8;
const GONE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 300;

const anyPlan = plans({ leaves: 25, troubles: [...TROUBLES, 'raced'], early: true });

describe('expired workflows', { concurrency: 3 }, () => {
  onStores((store) => {
    describe(`over ${store.name}`, { skip: store.skip, timeout: 150_000 }, () => {
      let stage: RandomStage;
      before(async () => {
        stage = new RandomStage(await store.open(), { resultExpires: EXPIRES_S });
        await stage.start();
      });
      after(async () => {
        await stage.close();
        await store.close();
      });

      test('leave nothing behind', async (t) => {
        t.diagnostic(`LOVAGE_CANVAS_SEED=${SEED}`);
        for (const plan of fc.sample(anyPlan, { numRuns: WORKFLOWS, seed: SEED })) await stage.run(plan);
        const { broker, results } = await stage.app.drivers();
        // Kept for people, on purpose: messages whose task is not known, and those of tasks that have failed.
        for (const queue of ['lovage.quarantine', 'lovage.dead-letters']) await broker.purge(queue);
        const known = { results: results!, taskIds: [...stage.taskIds] };
        assert.notDeepEqual(await store.contents(known), [], 'before they expire there are results');
        let left: readonly string[] = [];
        const isEmpty = async () => {
          await results!.sweep(1000);
          left = await store.contents(known);
          return left.length === 0;
        };
        await until(isEmpty, 'nothing is left', GONE_WITHIN_MS, LOOK_EVERY_MS).catch(() =>
          assert.deepEqual(left, []),
        );
      });
    });
  });
});
