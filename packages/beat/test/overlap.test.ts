import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { DriverError } from '@lovage/contracts';
import { type EntryInput, readEntry } from '../src/index.ts';
import { BeatScene } from './beat-scene.ts';

const DAY_MS = 86_400_000;

/** Keeps the record of a run, as the worker that runs it would. */
async function record(scene: BeatScene, taskId: string, state: string): Promise<void> {
  const results = await scene.app.resultBackend();
  const final = state !== 'STARTED';
  await results.store([{ taskId, state, final, payload: Buffer.from('{}') }]);
}

function sceneOf(t: TestContext, entry: Partial<EntryInput>, conf: AppOptions = {}): BeatScene {
  const given = { task: 'a.b', schedule: 10, ...entry };
  return new BeatScene(t, { ...conf, beatSchedule: { e: given } });
}

suite('a run that is due while the last has not ended', () => {
  test('is sent, where overlap is allowed', async (t) => {
    const scene = sceneOf(t, {});
    await scene.beat();
    await scene.clock.advance(30_000);
    assert.equal(scene.dues().length, 3);
  });

  test('is skipped while the last waits or runs, and sent when it has ended', async (t) => {
    const scene = sceneOf(t, { overlap: 'skip' }, { taskIgnoreResult: true });
    await scene.beat();
    await scene.clock.advance(20_000);
    assert.deepEqual(scene.dues(), ['e 12:00:10']);
    const { id } = scene.sent[0]!;
    // Its result is asked for, so it is kept.
    assert.equal((await scene.queued())[0]!.envelope.headers['ignore_result'], false);
    await record(scene, id, 'STARTED');
    await scene.clock.advance(10_000);
    assert.equal(scene.said('not sent for 2026-03-01T12:00:30.000Z: its last run has not ended'), 1);
    await record(scene, id, 'FAILURE');
    await scene.clock.advance(10_000);
    assert.deepEqual(scene.dues(), ['e 12:00:10', 'e 12:00:40']);
    const { runs, lastSent } = await scene.tasks.get('e');
    assert.deepEqual([runs, lastSent], [2, new Date('2026-03-01T12:00:40Z')]);
  });

  test('is sent after the time that a result would be kept: it may have ended, and nobody would know', async (t) => {
    const scene = sceneOf(t, { overlap: 'skip', schedule: 3600 });
    await scene.beat();
    await scene.clock.advance(10);
    await scene.clock.pause(3_600_000);
    await scene.clock.advance(2000);
    assert.equal(scene.sent.length, 1);
    await scene.clock.pause(DAY_MS - 10_000);
    await scene.clock.advance(2000);
    assert.equal(scene.sent.length, 1);
    await scene.clock.pause(3_600_000);
    await scene.clock.advance(2000);
    assert.equal(scene.sent.length, 2);
  });

  test('replaces it: the last is revoked, and ended if it runs', async (t) => {
    const scene = sceneOf(t, { overlap: 'replace' });
    const revoked: unknown[] = [];
    t.mock.method(scene.app.control, 'revoke', async (...given: unknown[]) => {
      revoked.push(given);
      return [];
    });
    await scene.beat();
    await scene.clock.advance(20_000);
    assert.equal(scene.sent.length, 2);
    assert.deepEqual(revoked, [[scene.sent[0]!.id, { terminate: true }]]);
    await record(scene, scene.sent[1]!.id, 'SUCCESS');
    await scene.clock.advance(10_000);
    assert.deepEqual([scene.sent.length, revoked.length], [3, 1]);
  });

  test('waits while the result store is away, and others go on', async (t) => {
    const scene = new BeatScene(t, {
      beatSchedule: {
        minds: { task: 'a.b', schedule: 10, overlap: 'skip' },
        other: { task: 'a.b', schedule: 10 },
      },
    });
    const results = await scene.app.resultBackend();
    await scene.beat();
    await scene.clock.advance(10_000);
    await record(scene, scene.sent.find(({ name }) => name === 'minds')!.id, 'SUCCESS');
    const fetch = t.mock.method(results, 'fetch', async () => {
      throw new DriverError('unavailable', 'gone');
    });
    await scene.clock.advance(25_000);
    assert.deepEqual([scene.dues('minds').length, scene.dues('other').length], [1, 3]);
    assert.equal(scene.said('the result store is away'), 1);
    fetch.mock.restore();
    await scene.clock.advance(2000);
    assert.deepEqual(scene.dues('minds'), ['minds 12:00:10', 'minds 12:00:30']);
    assert.equal(scene.said('the result store is back'), 1);
  });

  test('is refused to be known of an entry that keeps no results', () => {
    const given = { task: 'a.b', schedule: 10, overlap: 'skip', options: { ignoreResult: true } } as const;
    assert.throws(() => readEntry('e', given), /overlap "skip" asks for results/);
  });

  test('may overlap where no results are kept, and that is said', async (t) => {
    const scene = sceneOf(t, { overlap: 'skip' }, { resultBackend: null });
    await scene.beat();
    await scene.clock.advance(30_000);
    assert.equal(scene.sent.length, 3);
    assert.equal(scene.said("error: beat: e: overlap is 'skip', but"), 1);
  });
});
