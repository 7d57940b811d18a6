import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DriverError, type RunClaim, type ScheduleStore } from '@lovage/contracts';
import { BeatScene } from './beat-scene.ts';

const EVERY_10 = { task: 'a.b', schedule: 10 } as const;

test('a message that the store refuses is found among the others, which are sent; its due time passes', async (t) => {
  const scene = new BeatScene(t, { beatSchedule: { a: EVERY_10, bad: EVERY_10, c: EVERY_10 } });
  const store = await scene.store();
  const refuses = ({ name, messages }: RunClaim): boolean => name === 'bad' && messages.length > 0;
  const claimRuns: ScheduleStore['claimRuns'] = async (claims, options) => {
    if (claims.some(refuses)) throw new DriverError('refused', 'no NUL in the name of a queue');
    return store.schedules.claimRuns(claims, options);
  };
  const schedules = new Proxy(store.schedules, {
    get: (target, name) => (name === 'claimRuns' ? claimRuns : (Reflect.get(target, name) as unknown)),
  });
  const beat = await scene.beat({ store: { ...store, schedules } });
  await scene.clock.advance(21_000);
  assert.deepEqual(scene.dues(), ['a 12:00:10', 'c 12:00:10', 'a 12:00:20', 'c 12:00:20']);
  assert.equal(scene.said('error: beat: bad (a.b) cannot be sent'), 2);
  const { runs, lastRun } = await scene.tasks.get('bad');
  assert.deepEqual([runs, lastRun, beat.status.healthy], [0, new Date('2026-03-01T12:00:20Z'), true]);
});

test('a store that refuses everything is one that is away: nothing passes unsent', async (t) => {
  let refusing = false;
  const scene = new BeatScene(t, { beatSchedule: { a: { ...EVERY_10, missed: 'run-all' } } }, undefined, {
    before: (call) => {
      if (refusing && call === 'claimRuns') throw new DriverError('refused', 'read-only');
    },
  });
  await scene.beat();
  refusing = true;
  await scene.clock.advance(40_000);
  assert.equal(scene.sent.length, 0);
  refusing = false;
  await scene.clock.advance(31_000);
  assert.deepEqual(scene.dues().slice(0, 4), ['a 12:00:10', 'a 12:00:20', 'a 12:00:30', 'a 12:00:40']);
});

test('after a long outage a thousand runs at most are made up for, and it is said how many are not', async (t) => {
  const scene = new BeatScene(t, { beatSchedule: { a: { task: 'a.b', schedule: 1, missed: 'run-all' } } });
  await (await scene.beat()).stop();
  await scene.clock.pause(1_500_000);
  await scene.beat();
  assert.equal(scene.sent.length, 1000);
  assert.equal(scene.said('a: 500 of its missed runs are not made up for, only the last 1000'), 1);
});
