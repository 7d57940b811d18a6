import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import fc from 'fast-check';
import { chord, Lovage } from 'lovage';
import { endOf, headerValues } from '../e2e/canvas-random-model.ts';
import { build } from '../e2e/canvas-random-tasks.ts';
import type { Leaf, Tree } from '../e2e/canvas-random-tree.ts';
import { leavesOf, plans, written } from '../e2e/canvas-random-tree.ts';
import { depthOf } from '../e2e/rabbitmq.ts';
import { until } from '../e2e/stage.ts';
import { Herd, type HerdPlan } from './canvas-herd.ts';
import { type CanvasLine, endsByFlow, hits, readLines } from './canvas-ledger.ts';

export interface KillPlan extends HerdPlan {
  /** More of them are sent until all kills have struck. */
  readonly workflows: number;
}

/** What a run showed. */
export interface KillVerdict {
  readonly workflows: number;
  readonly tasks: number;
  readonly bodies: number;
  readonly errbacks: number;
  readonly killedWorkers: number;
  readonly killedChildren: number;
  /** Runs that a kill cut off, by task. */
  readonly cut: Readonly<Record<string, number>>;
  /** Runs of messages that had been out before, by task. */
  readonly again: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Under way at once: enough that workers have always something to lose. */
const AT_ONCE = 6;
/** Kills lengthen a workflow by a lease each. */
const END_WITHIN_MS = 60_000;
/** Different trees. */
const FOREST = 500;

const trees = plans({
  leaves: 40,
  troubles: ['fails', 'failsAfterRetries', 'expired', 'unknown', 'becomesFailing'],
  early: false,
});

/**
 * Runs random workflows while workers and their children are killed with SIGKILL at random moments, and checks that each
 * ended once: every run of its body or errback is of one and the same message. A message is run again when the process
 * was killed that had it, and says that it was out before; a second message is new.
 */
export async function canvasKills(plan: KillPlan): Promise<KillVerdict> {
  closeSync(openSync(plan.ledger, 'a'));
  const startedMs = Date.now();
  const app = new Lovage('canvas-client', {
    brokerUrl: plan.broker,
    resultBackend: plan.results ?? plan.broker,
  });
  const herd = new Herd(plan);
  const killed = new AbortController();
  const over = new AbortController();
  let flows: readonly Flow[] = [];
  /** The store sends what follows and forgets the task in one step. Else a kill in between sends it again. */
  let onceOnly = true;
  let kills = Promise.resolve();
  try {
    await herd.start();
    kills = herd.kill(over.signal).finally(() => killed.abort());
    kills.catch(() => {}); // Told below.
    onceOnly = (await app.drivers()).broker.traits.atomicFollowUps;
    flows = await sendAll(app, plan, killed.signal);
    await kills;
    await until(async () => !(await hasWork(app)), 'the queue is empty', END_WITHIN_MS);
  } finally {
    over.abort();
    await kills.catch(() => {});
    await herd.stop();
    await app.close();
  }

  const lines = readLines(plan.ledger);
  const ends = endsByFlow(lines);
  for (const { tree, flow } of flows) judge(tree, ends.get(flow) ?? [], onceOnly);
  const expected = flows.map(({ tree }) => endOf(tree));
  return {
    workflows: flows.length,
    tasks: flows.reduce((sum, { tree }) => sum + leavesOf(tree).length, 0),
    bodies: expected.filter((end) => end === 'succeeds').length,
    errbacks: expected.filter((end) => end === 'fails').length,
    ...herd.counts,
    cut: hits(lines, herd.kills),
    again: countTasks(lines.filter(({ redelivered }) => redelivered)),
    seconds: (Date.now() - startedMs) / 1000,
  };
}

interface Flow {
  readonly tree: Tree;
  readonly flow: string;
}

/** Sends as many as planned, and on until `enough`. Resolves with them when all have ended. */
async function sendAll(
  app: Lovage,
  { ledger, workflows, seed }: KillPlan,
  enough: AbortSignal,
): Promise<readonly Flow[]> {
  const sent: Flow[] = [];
  const forest = fc.sample(trees, { numRuns: FOREST, seed });
  const lane = async (): Promise<void> => {
    while (sent.length < workflows || !enough.aborted) {
      const { tree } = forest[sent.length % FOREST]!;
      const flow = `flow-${sent.length}`;
      sent.push({ tree, flow });
      await send(app, { tree, flow });
      const ended = () => endsByFlow(readLines(ledger)).has(flow);
      await until(ended, `this one ended: ${written(tree)}`, END_WITHIN_MS);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return sent;
}

async function send(app: Lovage, { tree, flow }: Flow): Promise<void> {
  const id = () => crypto.randomUUID();
  const failed = app.signature('random.failed', [flow]);
  const body = app.signature('random.done', [flow]).linkError(failed);
  const last: Leaf = { kind: 'ok', early: false, label: -1 };
  await chord([build(app, tree, id), build(app, last, id)], body).delay();
}

function judge(tree: Tree, runs: readonly CanvasLine[], onceOnly: boolean): void {
  const told = `${written(tree)}\n${JSON.stringify(runs, null, 1)}`;
  const succeeds = endOf(tree) === 'succeeds';
  const [first] = runs;
  assert.ok(first, `it never ended: ${told}`);
  assert.equal(first.task, succeeds ? 'random.done' : 'random.failed', told);
  assert.ok(
    runs.every(({ id, task }) => (id === first.id || !onceOnly) && task === first.task),
    `it ended twice: ${told}`,
  );
  // The first delivery of a message may have been lost before it was written down; every other one is a redelivery.
  assert.ok(!onceOnly || runs.slice(1).every(({ redelivered }) => redelivered), `it was sent twice: ${told}`);
  if (succeeds) for (const { values } of runs) assert.deepEqual(values, [...headerValues([tree]), -1], told);
}

async function hasWork(app: Lovage): Promise<boolean> {
  const { ready, delayed, claimed } = await depthOf(app);
  return ready + delayed + claimed > 0;
}

const countTasks = (lines: readonly CanvasLine[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(lines, ({ task }) => task)].map(([task, all]) => [task, all.length]));
