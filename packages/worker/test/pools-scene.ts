/** What the tests of process pools share: a pool that is closed afterwards, and ways to wait. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolJob, PoolOutcome } from '@lovage/contracts';
import { type ProcessPoolOptions, processPool } from '../src/pools/processes.ts';
import type { Order, Setup } from './pools-entry.ts';

export const ENTRY = new URL('./pools-entry.ts', import.meta.url);

export type Run = (order: Order, more?: Partial<PoolJob>) => Promise<PoolOutcome>;

export interface Scene {
  readonly pool: Pool;
  readonly run: Run;
  readonly spawned: number[];
  /** By pid: how it ended. */
  readonly exits: Map<number, string>;
  readonly errors: string[];
}

type SceneOptions = Partial<Omit<ProcessPoolOptions, 'data'>> & { readonly data?: Setup };

/** A pool, not open yet. */
export function scene(t: TestContext, options: SceneOptions = {}): Scene {
  const spawned: number[] = [];
  const exits = new Map<number, string>();
  const errors: string[] = [];
  const pool = processPool({
    size: 1,
    entry: ENTRY,
    onSpawn: (pid) => spawned.push(pid),
    onExit: (pid, detail) => exits.set(pid, detail),
    onError: (_pid, error) => errors.push(`${error.name}: ${error.message}`),
    ...options,
  });
  t.after(() => pool.close(0));
  let last = 0;
  const run: Run = (order, more) => {
    last += 1;
    return pool.run({ id: `job ${last}`, input: order, ...more });
  };
  return { pool, run, spawned, exits, errors };
}

export async function openScene(t: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const made = scene(t, options);
  await made.pool.open();
  return made;
}

/** Waits for as long as the test's own timeout allows. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** A process that nobody has reaped yet is gone all the same. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return process.platform !== 'linux';
  }
}

export function output(outcome: PoolOutcome): unknown {
  if (outcome.kind !== 'returned') throw new Error(`expected an output, not ${JSON.stringify(outcome)}`);
  return outcome.output;
}

/** A folder of its own for one test, deleted afterwards. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pool-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Of a file, without the last line break. */
export const lines = (file: string) => readFileSync(file, 'utf8').trim().split('\n');
