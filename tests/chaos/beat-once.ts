import { setTimeout as sleep } from 'node:timers/promises';
import { App } from '@lovage/app';
import { until } from '../e2e/stage.ts';
import { MACHINE_MS } from '../machine.ts';
import { dueTimesOf } from './beat-ledger.ts';
import { BeatProcess } from './beat-process.ts';
import { randomFrom } from './random.ts';

export interface BeatPlan {
  readonly broker: string;
  readonly beats: number;
  readonly entries: number;
  readonly leaseMs: number;
  /** The leader is killed, or stopped and continued, so often and for so long. */
  readonly everyMs: number;
  readonly forMs: number;
  readonly seed: number;
}

export interface BeatVerdict {
  readonly kills: number;
  readonly freezes: number;
  readonly due: number;
  readonly slowestTakeoverMs: number;
}

/**
 * Several beats, whose leader is killed (and another begun), or stopped for up to twice its lease and continued. Afterwards
 * each due time of each entry must be in the queue exactly once.
 */
export async function eachDueTimeOnce(plan: BeatPlan): Promise<BeatVerdict> {
  const { broker, beats: count, entries, leaseMs, everyMs, forMs } = plan;
  const random = randomFrom(plan.seed);
  const env = { BEAT_BROKER: broker, BEAT_ENTRIES: String(entries), BEAT_LEASE_MS: String(leaseMs) };
  const beats = Array.from({ length: count }, () => new BeatProcess(env));
  await Promise.all(beats.map((beat) => beat.ready));
  const leader = () => beats.find((beat) => beat.leading);
  await until(() => leader() !== undefined, 'one of them leads', MACHINE_MS);

  let kills = 0;
  let freezes = 0;
  const takeovers: number[] = [];
  const faults: Error[] = [];
  const thawing: Promise<void>[] = [];
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    const victim = leader();
    const since = performance.now();
    if (victim && (kills + freezes + plan.seed) % 2 === 0) {
      kills += 1;
      await victim.kill();
      beats.splice(beats.indexOf(victim), 1, new BeatProcess(env));
    } else if (victim) {
      freezes += 1;
      victim.freeze();
      thawing.push(sleep(random() * 2 * leaseMs).then(() => victim.thaw()));
    }
    if (victim)
      void until(() => leader() !== undefined, 'one of them leads', MACHINE_MS).then(
        () => {
          // Or it was continued in time, and leads on.
          if (leader() !== victim) takeovers.push(performance.now() - since);
        },
        (error: Error) => faults.push(error),
      );
    await sleep(Math.min(everyMs, Math.max(0, end - Date.now())));
  }
  await Promise.all(thawing);
  if (faults[0]) throw faults[0];

  const app = new App('chaos-beat', { environment: {}, brokerUrl: broker, resultBackend: null });
  try {
    const { schedules } = await (await app.drivers()).periodic();
    const last = Date.now();
    const allRan = async () => (await schedules.list()).every(({ lastRun }) => (lastRun ?? 0) > last);
    await until(allRan, 'all have been due once more', leaseMs + 10_000 + MACHINE_MS);
    await Promise.all(beats.map((beat) => beat.stop()));
    const due = await allOnce(app, entries);
    return { kills, freezes, due, slowestTakeoverMs: Math.max(0, ...takeovers) };
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\n${beats.map(({ pid, log }) => `${pid}:\n${log}`).join('\n')}`,
    );
  } finally {
    await app.close();
  }
}

/** How many due times there were. @throws naming what is missing, or there twice */
async function allOnce(app: App, entries: number): Promise<number> {
  const all = await dueTimesOf(app);
  if (all.length !== entries) throw new Error(`${all.length} entries, not ${entries}`);
  const faults = all.flatMap(({ name, runs, times }) => [
    ...times
      .filter(({ sent }) => sent !== 1)
      .map(({ due, sent }) => `${name} of ${new Date(due).toISOString()}: ${sent} times`),
    ...(runs === times.length ? [] : [`${name}: ${runs} runs noted, ${times.length} due`]),
  ]);
  if (faults.length > 0) throw new Error(`${faults.length} faults:\n${faults.slice(0, 20).join('\n')}`);
  return all.reduce((sum, { times }) => sum + times.length, 0);
}
