import { setTimeout as sleep } from 'node:timers/promises';
import { App } from '@lovage/app';
import { formOf, type Interval, runId } from '@lovage/beat';
import { until } from '../e2e/stage.ts';
import { MACHINE_MS } from '../machine.ts';
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
  const thawing: Promise<void>[] = [];
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    const victim = leader();
    const since = performance.now();
    if (victim && random() < 0.5) {
      kills += 1;
      await victim.kill();
      beats.splice(beats.indexOf(victim), 1, new BeatProcess(env));
    } else if (victim) {
      freezes += 1;
      victim.freeze();
      thawing.push(sleep(random() * 2 * leaseMs).then(() => victim.thaw()));
    }
    if (victim)
      void until(() => leader() !== undefined && leader() !== victim, 'another leads', 2 * leaseMs).then(
        () => takeovers.push(performance.now() - since),
        // It was continued in time, and leads on.
        () => {},
      );
    await sleep(Math.min(everyMs, Math.max(0, end - Date.now())));
  }
  await Promise.all(thawing);

  const app = new App('chaos-beat', { environment: {}, brokerUrl: broker, resultBackend: null });
  try {
    const { schedules } = await (await app.drivers()).periodic();
    const last = Date.now();
    const allRan = async () => (await schedules.list()).every(({ lastRun }) => (lastRun ?? 0) > last);
    await until(allRan, 'all have been due once more', leaseMs + 10_000 + MACHINE_MS);
    await Promise.all(beats.map((beat) => beat.stop()));
    const due = await verify(app, entries);
    return { kills, freezes, due, slowestTakeoverMs: Math.max(0, ...takeovers) };
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\n${beats.map(({ pid, log }) => `${pid}:\n${log}`).join('\n')}`,
    );
  } finally {
    await app.close();
  }
}

/** How many due times there were. @throws naming what is missing, there twice, or there without having been due */
export async function verify(app: App, entries: number): Promise<number> {
  const { broker, periodic } = await app.drivers();
  const { schedules } = await periodic();
  const sent = new Map<string, number>();
  for (const { id } of await broker.peek('celery', 1_000_000)) sent.set(id, (sent.get(id) ?? 0) + 1);
  const rows = await schedules.list();
  if (rows.length !== entries) throw new Error(`${rows.length} entries, not ${entries}`);
  const faults: string[] = [];
  let due = 0;
  for (const row of rows) {
    const { entry, key } = formOf(schedules.traits, 'UTC').decode(row.name, row.definition, true);
    const { everyMs } = entry.schedule as Interval;
    let count = 0;
    for (let ms = row.since + everyMs; ms <= row.lastRun!; ms += everyMs, count += 1) {
      const id = runId(key!, ms);
      const times = sent.get(id) ?? 0;
      sent.delete(id);
      if (times !== 1) faults.push(`${row.name} of ${new Date(ms).toISOString()}: ${times} times`);
    }
    if (row.runs !== count) faults.push(`${row.name}: ${row.runs} runs noted, ${count} due`);
    due += count;
  }
  if (sent.size > 0) faults.push(`${sent.size} messages of no due time`);
  if (faults.length > 0)
    throw new Error(`${faults.length} faults of ${due}:\n${faults.slice(0, 20).join('\n')}`);
  return due;
}
