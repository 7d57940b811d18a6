/** What the tests of thread pools share: a pool that is closed afterwards, and what it said. */
import type { TestContext } from 'node:test';
import type { Pool, PoolJob, PoolOutcome } from '@lovage/contracts';
import { type ThreadPoolOptions, threadPool } from '../src/pools/threads.ts';
import type { Setup } from './pools-entry.ts';
import type { ThreadOrder } from './pools-thread-entry.ts';

export const ENTRY = new URL('./pools-thread-entry.ts', import.meta.url);

export interface ThreadScene {
  readonly pool: Pool;
  run(order: ThreadOrder, more?: Partial<PoolJob>): Promise<PoolOutcome>;
  /** Numbers of the threads that were started. */
  readonly spawned: number[];
  /** By number: how it ended. */
  readonly exits: Map<number, string>;
  readonly errors: string[];
}

type SceneOptions = Partial<Omit<ThreadPoolOptions, 'data'>> & { readonly data?: Setup };

/** A pool, not open yet. */
export function scene(t: TestContext, options: SceneOptions = {}): ThreadScene {
  const spawned: number[] = [];
  const exits = new Map<number, string>();
  const errors: string[] = [];
  const pool = threadPool({
    size: 1,
    entry: ENTRY,
    onSpawn: (number) => spawned.push(number),
    onExit: (number, detail) => exits.set(number, detail),
    onError: (_, error) => errors.push(`${error.name}: ${error.message}`),
    ...options,
  });
  t.after(() => pool.close(0));
  let last = 0;
  const run: ThreadScene['run'] = (order, more) => {
    last += 1;
    return pool.run({ id: `job ${last}`, input: order, ...more });
  };
  return { pool, run, spawned, exits, errors };
}

export async function openScene(t: TestContext, options: SceneOptions = {}): Promise<ThreadScene> {
  const made = scene(t, options);
  await made.pool.open();
  return made;
}
