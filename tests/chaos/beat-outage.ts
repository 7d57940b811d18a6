import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { App } from '@lovage/app';
import { until } from '../e2e/stage.ts';
import { MACHINE_MS } from '../machine.ts';
import { dueTimesOf } from './beat-ledger.ts';
import { BeatProcess } from './beat-process.ts';

export interface OutagePlan {
  /** As the beats reach it. */
  readonly broker: string;
  /** The same store, by a way that stays. */
  readonly direct: string;
  /** Takes it away; answers what brings it back. */
  take(): Promise<() => Promise<void>>;
  readonly awayMs: number;
  readonly missedAfterMs: number;
}

/** How long after it is back somebody may still wait to try again. */
const TRIES_AGAIN_MS = 31_000;

/** Two beats whose store goes away for a while. None of them ends; nothing is doubled; each policy is kept. */
export async function awayForAWhile(plan: OutagePlan): Promise<string> {
  const { broker, direct, awayMs, missedAfterMs } = plan;
  const env = {
    BEAT_BROKER: broker,
    BEAT_ENTRIES: '6',
    BEAT_SLOWEST: '2',
    BEAT_LEASE_MS: '2000',
    BEAT_MISSED: 'run-all run-once skip',
    BEAT_MISSED_MS: String(missedAfterMs),
  };
  const beats = [new BeatProcess(env), new BeatProcess(env)];
  const app = new App('chaos-beat', { environment: {}, brokerUrl: direct, resultBackend: null });
  try {
    await Promise.all(beats.map((beat) => beat.ready));
    const { schedules } = await (await app.drivers()).periodic();
    const ranAfter = async (moment: number) => {
      const rows = await schedules.list();
      return rows.length === 6 && rows.every(({ lastRun }) => (lastRun ?? 0) > moment);
    };
    await until(() => ranAfter(0), 'all have run once', MACHINE_MS);
    // What a machine that was slow to begin has missed is not this outage's.
    const begun = Date.now();
    await until(() => ranAfter(begun), 'all run', MACHINE_MS);
    const from = Date.now();
    const bringBack = await plan.take();
    await sleep(awayMs);
    const back = Date.now();
    await bringBack();
    await until(() => ranAfter(back), 'all run again', TRIES_AGAIN_MS + MACHINE_MS);
    const to = Date.now();
    assert.ok(
      beats.every((beat) => beat.alive),
      'no beat has ended',
    );
    await Promise.all(beats.map((beat) => beat.stop()));
    return verify(await dueTimesOf(app), { begun, from, back, to, missedAfterMs });
  } catch (error) {
    throw new Error(
      `${(error as Error).stack}\n${beats.map(({ pid, log }) => `${pid}:\n${log}`).join('\n')}`,
    );
  } finally {
    await app.close();
  }
}

interface Times {
  readonly begun: number;
  readonly from: number;
  readonly back: number;
  readonly to: number;
  readonly missedAfterMs: number;
}

/** What was under way when it began or ended may be of either side. */
const EDGE_MS = 1000;

function verify(
  ledgers: Awaited<ReturnType<typeof dueTimesOf>>,
  { begun, from, back, to, missedAfterMs }: Times,
): string {
  const left: Record<string, number> = {};
  for (const { name, entry, times } of ledgers) {
    const { missed } = entry;
    for (const { due, sent } of times) {
      assert.ok(sent <= 1, `${name} of ${new Date(due).toISOString()}: ${sent} times`);
      const outside = (due > begun && due < from - EDGE_MS) || due > to;
      if (sent === 0)
        assert.ok(
          !outside && missed !== 'run-all',
          `${name} (${missed}) of ${new Date(due).toISOString()} is missing`,
        );
    }
    // Nobody could send them then, and they are too old now: one of them is made up for, or none.
    const old = times.filter(({ due }) => due > from + EDGE_MS && due < back - missedAfterMs);
    const made = old.filter(({ sent }) => sent === 1).length;
    if (missed === 'run-once') assert.ok(made <= 1, `${name}: ${made} of ${old.length} were made up for`);
    if (missed === 'skip') assert.equal(made, 0, `${name}: ${made} of ${old.length} were made up for`);
    left[missed] = (left[missed] ?? 0) + times.filter(({ sent }) => sent === 0).length;
  }
  assert.ok(left['run-once']! > 0 && left['skip']! >= left['run-once']!);
  return `away for ${Math.round((back - from) / 1000)} s; left out, as they say: ${JSON.stringify(left)}`;
}
