import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { BeatScene } from './beat-scene.ts';

const EVERY_10 = { beatSchedule: { e: { task: 'a.b', schedule: 10, missed: 'run-all' } } } as const;

suite('a store that is away', () => {
  test('is told once, and once when it is back; what was missed is sent as the entry says', async (t) => {
    let away = false;
    const scene = new BeatScene(
      t,
      {
        beatSchedule: {
          once: { task: 'a.b', schedule: 10 },
          all: { task: 'a.b', schedule: 10, missed: 'run-all' },
          none: { task: 'a.b', schedule: 10, missed: 'skip' },
        },
      },
      undefined,
      {
        before: () => {
          if (away) throw new DriverError('unavailable', 'redis://:secret@host is not there');
        },
      },
    );
    const beat = await scene.beat();
    await scene.clock.advance(10_000);
    away = true;
    await scene.clock.advance(60_000);
    assert.equal(beat.status.healthy, false);
    assert.ok(beat.status.storeAwayMs > 50_000);
    assert.match(beat.status.problems[0]!, /the store of periodic tasks has been away for [56]\d s/);
    away = false;
    await scene.clock.advance(40_000);
    assert.equal(beat.status.healthy, true);
    assert.equal(scene.said('the store of periodic tasks is away'), 1);
    assert.equal(scene.said('secret'), 0);
    assert.equal(scene.said('the store of periodic tasks is back'), 1);
    for (const name of ['once', 'all', 'none'])
      assert.equal(new Set(scene.dues(name)).size, scene.dues(name).length);
    const between = (name: string) =>
      scene.dues(name).filter((due) => due > `${name} 12:00:10` && due <= `${name} 12:01:10`);
    assert.equal(between('all').length, 6);
    assert.ok(between('once').length <= 2 && between('none').length <= 1);
  });

  test('and answers no claim may have done it all the same: it is listed again, and nothing is doubled', async (t) => {
    let lose = 0;
    const scene = new BeatScene(t, EVERY_10);
    const store = await scene.store();
    const schedules = new Proxy(store.schedules, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'claimRuns') return value;
        return async (...given: Parameters<typeof target.claimRuns>) => {
          const answers = await target.claimRuns(...given);
          lose += 1;
          if (lose === 2) throw new DriverError('unavailable', 'the answer was lost');
          return answers;
        };
      },
    });
    await scene.beat({ store: { ...store, schedules } });
    await scene.clock.advance(45_000);
    assert.deepEqual(
      (await scene.queued()).map(({ id }) => id).length,
      new Set((await scene.queued()).map(({ id }) => id)).size,
    );
    assert.equal((await scene.queued()).length, 4);
  });

  test('at the start keeps nobody from starting', async (t) => {
    let away = true;
    const scene = new BeatScene(t, EVERY_10, undefined, {
      before: () => {
        if (away) throw new DriverError('unavailable', 'not yet');
      },
    });
    const beat = await scene.beat();
    assert.equal(beat.status.phase, 'starting');
    away = false;
    await scene.clock.advance(14_000);
    assert.equal(beat.status.leading, true);
    assert.equal(scene.dues().length, 1);
  });

  test('that cannot keep entries at all ends it', async (t) => {
    const scene = new BeatScene(t, EVERY_10, undefined, {
      before: () => {
        throw new DriverError('unsupported', 'it has no tables');
      },
    });
    const beat = await scene.beat();
    await assert.rejects(beat.done, /it has no tables/);
    assert.equal(beat.status.phase, 'stopped');
  });
});

suite('a broker apart from the store', () => {
  test('gets what was claimed and kept, and it is then forgotten', async (t) => {
    const scene = new BeatScene(t, EVERY_10, undefined, { apart: true });
    await scene.beat();
    await scene.clock.advance(20_000);
    assert.equal((await scene.queued()).length, 2);
    assert.deepEqual(await (await scene.store()).schedules.kept(10), []);
    assert.equal(scene.dues().length, 2);
  });

  test('that is away: what is kept waits, nothing more is claimed, and it is sent first afterwards', async (t) => {
    const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 10 } } }, undefined, {
      apart: true,
    });
    const beat = await scene.beat();
    const { broker } = await scene.app.drivers();
    const publish = t.mock.method(broker, 'publish', async () => {
      throw new DriverError('unavailable', 'gone');
    });
    await scene.clock.advance(61_000);
    assert.equal((await (await scene.store()).schedules.kept(10)).length, 1);
    assert.match(beat.status.problems[0]!, /the broker has been away/);
    publish.mock.restore();
    await scene.clock.advance(40_000);
    assert.equal(scene.said('the broker is away'), 1);
    assert.equal(scene.said('the broker is back'), 1);
    const ids = (await scene.queued()).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(scene.dues()[0], 'e 12:00:10');
    assert.ok(scene.dues().length < 10);
  });

  test('a leader that died before it sent what it had claimed: the next sends it', async (t) => {
    let dead = false;
    const scene: BeatScene = new BeatScene(t, EVERY_10, undefined, {
      apart: true,
      before: async (call, beat) => {
        if (beat === 'one' && dead) await scene.never;
        if (beat === 'one' && call === 'claimRuns') dead = true;
      },
    });
    await scene.beat({}, 'one');
    await scene.beat({}, 'two');
    await scene.clock.advance(10_000);
    assert.equal((await scene.queued()).length, 0);
    assert.equal((await (await scene.store()).schedules.kept(10)).length, 1);
    await scene.clock.advance(12_000);
    assert.equal((await scene.queued()).length, 2);
    assert.equal(new Set((await scene.queued()).map(({ id }) => id)).size, 2);
  });
});
