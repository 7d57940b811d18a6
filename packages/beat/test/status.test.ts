import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BeatMetrics } from '../src/index.ts';
import { type BeatFacts, problemsOf } from '../src/ticker/status.ts';
import { BeatScene } from './beat-scene.ts';

const WELL: BeatFacts = { phase: 'leading', storeAwayMs: 0, brokerAwayMs: 0, tickMs: 100, leaseMs: 100 };

suite('a beat is not well', () => {
  const cases: readonly (readonly [string, Partial<BeatFacts>, RegExp | undefined])[] = [
    [
      'while its store is away',
      { storeAwayMs: 26_000 },
      /the store of periodic tasks has been away for 26 s/,
    ],
    ['but not at once', { storeAwayMs: 20_000 }, undefined],
    [
      'while the broker is away',
      { brokerAwayMs: 26_000, tickMs: 26_000 },
      /the broker has been away for 26 s/,
    ],
    ['when it leads and does not look', { tickMs: 26_000 }, /has not looked at what is due for 26 s/],
    [
      'when it does not ask who leads',
      { phase: 'following', tickMs: undefined, leaseMs: 26_000 },
      /not asked who leads/,
    ],
    ['unless it was stopped', { phase: 'stopped', storeAwayMs: 99_000 }, undefined],
  ];
  for (const [title, facts, problem] of cases)
    test(title, () => {
      const problems = problemsOf({ ...WELL, ...facts });
      assert.equal(problems.length, problem ? 1 : 0);
      if (problem) assert.match(problems[0]!, problem);
    });

  test('when a call of its store does not come back, within 30 s', async (t) => {
    let hangs = false;
    const scene: BeatScene = new BeatScene(
      t,
      { beatSchedule: { e: { task: 'a.b', schedule: 10 } } },
      undefined,
      { before: async (call) => (hangs && call === 'claimRuns' ? scene.never : undefined) },
    );
    const beat = await scene.beat();
    await scene.clock.advance(10_000);
    assert.equal(beat.status.healthy, true);
    hangs = true;
    await scene.clock.advance(40_000);
    assert.deepEqual([beat.status.healthy, beat.status.problems.length], [false, 1]);
  });
});

test('metrics count what is sent, and how late', async (t) => {
  const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 10 } } });
  const metrics: BeatMetrics = await BeatMetrics.create(() => beat.status);
  const beat = await scene.beat({ metrics });
  await scene.clock.advance(20_000);
  await scene.clock.pause(12_000);
  await scene.clock.advance(2000);
  const text = await metrics.text();
  for (const line of [
    'lovage_beat_sent_total 3',
    'lovage_beat_lateness_seconds_bucket{le="0.005"} 2',
    'lovage_beat_lateness_seconds_count 3',
    'lovage_beat_leading 1',
    'lovage_beat_entries 1',
    'lovage_beat_healthy 1',
  ])
    assert.ok(text.includes(`${line}\n`), line);
});
