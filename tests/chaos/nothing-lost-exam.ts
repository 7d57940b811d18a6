import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { nothingLost, type Plan } from './nothing-lost.ts';

const SEED = Number(process.env['LOVAGE_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** 10,000 tasks and 20 kills on one broker. */
export async function examine(
  t: TestContext,
  plan: Omit<Plan, 'ledger' | 'seed' | 'tasks' | 'taskMs' | 'kills'>,
) {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-chaos-'));
  t.after(() => rm(folder, { recursive: true }));
  t.diagnostic(`LOVAGE_CHAOS_SEED=${SEED}`);
  const verdict = await nothingLost({
    ...plan,
    ledger: join(folder, 'ledger'),
    seed: SEED,
    tasks: 10_000,
    taskMs: 4,
    kills: 20,
  });
  const { finished, repeats, killedWorkers, killedChildren, seconds } = verdict;
  t.diagnostic(
    `10000 tasks, ${finished} finished, ${repeats} repeats, all of them touched by one of the kills of ${killedWorkers} workers and ${killedChildren} children, ${seconds.toFixed(1)} s`,
  );
}
