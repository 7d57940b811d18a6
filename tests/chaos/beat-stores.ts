import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { redisDatabase, requireService, startPostgres, startRedis } from '../../tools/services.ts';
import { MACHINE_MS } from '../machine.ts';
import { type BeatPlan, eachDueTimeOnce } from './beat-once.ts';

export interface BeatMeasure extends Omit<BeatPlan, 'broker' | 'seed'> {
  /** When another must lead. */
  readonly takeoverMs: number;
}

const SEED = Number(process.env['LOVAGE_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** What `npm test` has time for: a shorter lease, so that there are more takeovers. */
export const SHORT: BeatMeasure = {
  beats: 5,
  entries: 20,
  leaseMs: 1600,
  everyMs: 1500,
  forMs: 7000,
  takeoverMs: 2000 + MACHINE_MS,
};

/** As in production. */
export const minutes = (count: number): BeatMeasure => ({
  ...SHORT,
  leaseMs: 8000,
  everyMs: 5000,
  forMs: count * 60_000,
  // What the product promises.
  takeoverMs: 10_000,
});

export function onSqlite(measure: BeatMeasure): void {
  test(title('SQLite', measure), timeout(measure), async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-beat-'));
    t.after(() => rm(folder, { recursive: true }));
    await examine(t, measure, `sqlite:///${join(folder, 'beat.db')}`);
  });
}

export function onRedis(measure: BeatMeasure): void {
  const skip = requireService('redis');
  test(title('Redis', measure), { skip, ...timeout(measure) }, async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    await examine(t, measure, redisDatabase(redis, 0));
  });
}

export function onPostgres(measure: BeatMeasure): void {
  const skip = requireService('postgres', { control: true });
  test(title('PostgreSQL', measure), { skip, ...timeout(measure) }, async (t) => {
    const postgres = await startPostgres({ control: true });
    t.after(() => postgres.stop());
    await examine(t, measure, postgres.url);
  });
}

async function examine(t: TestContext, measure: BeatMeasure, broker: string): Promise<void> {
  t.diagnostic(`LOVAGE_CHAOS_SEED=${SEED}`);
  const verdict = await eachDueTimeOnce({ ...measure, broker, seed: SEED });
  const { due, kills, freezes, slowestTakeoverMs } = verdict;
  t.diagnostic(
    `${due} due times of ${measure.entries} entries, each sent once; ${kills} leaders killed, ${freezes} stopped and ` +
      `continued; slowest takeover ${(slowestTakeoverMs / 1000).toFixed(1)} s`,
  );
  assert.ok(slowestTakeoverMs <= measure.takeoverMs, `a takeover took ${slowestTakeoverMs} ms`);
}

const title = (store: string, { beats, everyMs, forMs }: BeatMeasure): string =>
  `${store}: ${beats} beats, the leader killed or stopped every ${everyMs / 1000} s for ${forMs / 1000} s: each due time is sent once`;

const timeout = ({ forMs }: BeatMeasure) => ({ timeout: forMs + 180_000 });
