/**
 * Any workflow ends: its body runs once with the right values, or its errback does, once.
 * `LOVAGE_CANVAS_SEED` and `LOVAGE_CANVAS_PATH` repeat a case that failed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { endOf, headerValues } from './canvas-random-model.ts';
import { type Outcome, RandomStage } from './canvas-random-stage.ts';
import { type OpenStore, onStores } from './canvas-random-stores.ts';
import { leavesOf, type Plan, plans, TROUBLES } from './canvas-random-tree.ts';

const PATH = process.env['LOVAGE_CANVAS_PATH'];
/** A failing one is made smaller for this long. */
const SHRINK_MS = 40_000;
/** From the end of the last part to the body or errback: the promise. It takes milliseconds. */
const LAG_LIMIT_MS = 5000;

const anyPlan = plans({ leaves: 120, troubles: [...TROUBLES, 'raced'], early: true });

export interface RandomPlan {
  readonly seed: number;
  /** How many workflows on each store, at most. */
  readonly runs: number;
  /** No new one is begun after this, however few there were. */
  readonly budgetMs: number;
  /** How much later than promised the end may come. */
  readonly allowedMs: number;
}

/** Declares the test for each kind of store. */
export function randomWorkflows(plan: RandomPlan): void {
  onStores((store) => examine(store, plan));
}

function examine(store: OpenStore, { seed, runs, budgetMs, allowedMs }: RandomPlan): void {
  describe(`random workflows over ${store.name}`, { skip: store.skip, timeout: budgetMs + 140_000 }, () => {
    let stage: RandomStage;
    before(async () => {
      stage = new RandomStage(await store.open());
      await stage.start();
    });
    after(async () => {
      await stage.close();
      await store.close();
    });

    test('the body runs once, or the errback', async (t) => {
      const seen = { workflows: 0, tasks: 0, largest: 0 };
      const slowest = { body: 0, errback: 0 };
      let untilMs = Date.now() + budgetMs;
      let failed = false;
      const property = fc.asyncProperty(anyPlan, async (plan) => {
        if (Date.now() > untilMs) return;
        const count = leavesOf(plan.tree).length;
        seen.workflows += 1;
        seen.tasks += count;
        seen.largest = Math.max(seen.largest, count);
        const outcome = await stage.run(plan);
        for (const { what, lagMs } of outcome.ends) slowest[what] = Math.max(slowest[what], lagMs);
        try {
          judge(plan, outcome, allowedMs);
        } catch (error) {
          if (!failed) untilMs = Date.now() + SHRINK_MS;
          failed = true;
          throw error;
        }
      });
      await fc.assert(property, {
        numRuns: runs,
        seed,
        ...(PATH === undefined ? {} : { path: PATH }),
        includeErrorInReport: true,
      });
      t.diagnostic(
        `${seen.workflows} workflows of up to ${seen.largest} tasks, ${seen.tasks} in all; after the last part had ended a body ran within ${slowest.body} ms, an errback within ${slowest.errback} ms; seed ${seed}`,
      );
    });
  });
}

function judge({ tree }: Plan, { ends, states }: Outcome, allowedMs: number): void {
  const runs = ends.map(({ what }) => what);
  const expected = endOf(tree);
  if (expected === 'either') assert.equal(runs.length, 1, `it ended with ${JSON.stringify(runs)}`);
  else assert.deepEqual(runs, [expected === 'fails' ? 'errback' : 'body']);
  const [end] = ends;
  assert.ok(
    end!.lagMs <= LAG_LIMIT_MS + allowedMs,
    `the ${end!.what} ran ${end!.lagMs} ms after the last part`,
  );
  if (end!.what === 'body') {
    assert.deepEqual(end!.values, [...headerValues([tree]), -1]);
    for (const [label, state] of states) assert.equal(state, 'SUCCESS', `leaf ${label}`);
    return;
  }
  // Also what will never run has ended: somebody may wait for it.
  for (const [label, state] of states) assert.ok(FINAL.has(state), `leaf ${label} stays ${state}`);
  if (expected === 'either') {
    const raced = leavesOf(tree).filter(({ kind }) => kind === 'raced');
    assert.ok(
      raced.some(({ label }) => states.get(label) === 'REVOKED'),
      'none was revoked, and yet it failed',
    );
  }
}

const FINAL: ReadonlySet<unknown> = new Set(['SUCCESS', 'FAILURE', 'REVOKED']);
