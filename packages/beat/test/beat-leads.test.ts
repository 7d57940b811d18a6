import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { BeatScene } from './beat-scene.ts';

const EVERY_10 = { beatSchedule: { e: { task: 'a.b', schedule: 10, missed: 'run-all' } } } as const;

/** A call that does not come back until the test says so. */
function held() {
  const { promise: shut, resolve: open } = Promise.withResolvers<void>();
  return { shut, open };
}

suite('of several beats', () => {
  test('one leads; when it stops, another does at once', async (t) => {
    const scene = new BeatScene(t, EVERY_10);
    const [one, two] = [await scene.beat({}, 'one'), await scene.beat({}, 'two')];
    assert.deepEqual([one.status.leading, two.status.leading], [true, false]);
    await scene.clock.advance(10_000);
    await one.stop();
    await scene.clock.advance(1000);
    assert.deepEqual([one.status.phase, two.status.leading], ['stopped', true]);
    assert.ok(two.status.fence! > 1);
    await scene.clock.advance(19_000);
    assert.deepEqual(scene.dues(), ['e 12:00:10', 'e 12:00:20', 'e 12:00:30']);
  });

  test('one that dies is replaced within 10 s, and nothing is lost', async (t) => {
    let dead = false;
    const scene: BeatScene = new BeatScene(
      t,
      { beatSchedule: { e: { task: 'a.b', schedule: 1 } } },
      undefined,
      {
        before: async (_, beat) => (dead && beat === 'one' ? scene.never : undefined),
      },
    );
    await scene.beat({}, 'one');
    const two = await scene.beat({}, 'two');
    await scene.clock.advance(10_000);
    dead = true;
    const { length } = scene.sent;
    for (let s = 0; s < 10; s += 1) await scene.clock.advance(1000);
    assert.equal(two.status.leading, true);
    await scene.clock.advance(1000);
    assert.ok(scene.sent.length > length);
    assert.equal(new Set(scene.dues()).size, scene.sent.length);
    assert.equal(scene.dues().length, 21);
  });

  test('a leader that was stopped in the middle of a claim loses it to the one that took over', async (t) => {
    const pause = held();
    let stopped = false;
    const scene = new BeatScene(t, EVERY_10, undefined, {
      before: async (call, beat) => {
        if (beat !== 'one' || (call !== 'claimRuns' && !stopped)) return;
        stopped = true;
        await pause.shut;
      },
    });
    const one = await scene.beat({}, 'one');
    const two = await scene.beat({}, 'two');
    await scene.clock.advance(30_000);
    assert.equal(two.status.leading, true);
    assert.deepEqual(scene.dues(), ['e 12:00:10', 'e 12:00:20', 'e 12:00:30']);
    pause.open();
    await scene.clock.advance(10_000);
    assert.equal(one.status.leading, false);
    assert.equal(scene.dues().length, 4);
    assert.equal((await scene.queued()).length, 4);
  });

  test('a leader that cannot renew its lease stops before it ends', async (t) => {
    let away = false;
    const claims: string[] = [];
    const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 1 } } }, undefined, {
      before: (call, beat) => {
        if (call === 'claimRuns') claims.push(beat);
        if (away && beat === 'one' && (call === 'renew' || call === 'acquire'))
          throw new DriverError('unavailable', 'cut off');
      },
    });
    const one = await scene.beat({}, 'one');
    await scene.beat({}, 'two');
    await scene.clock.advance(4000);
    away = true;
    claims.length = 0;
    await scene.clock.advance(8000);
    assert.equal(one.status.leading, false);
    // 8 s less an eighth, of which up to two were over.
    assert.ok(claims.filter((beat) => beat === 'one').length <= 7);
    await scene.clock.advance(4000);
    assert.ok(claims.includes('two'));
    assert.equal(claims.lastIndexOf('one') < claims.indexOf('two'), true);
    assert.equal(new Set(scene.dues()).size, scene.sent.length);
  });

  test('an older fence claims nothing, though nobody has claimed that due time', async (t) => {
    const scene = new BeatScene(t, EVERY_10);
    await scene.beat();
    const { schedules } = await scene.store();
    await schedules.claimRuns([], { fence: 99, messages: 'publish' });
    await scene.clock.advance(10_000);
    assert.deepEqual(scene.dues(), []);
  });

  test('two that both believe to lead, under one fence: what is claimed decides', async (t) => {
    const scene = new BeatScene(t, EVERY_10);
    const store = await scene.store();
    const locks = {
      ...store.locks,
      acquire: async (name: string, owner: string) => ({ name, owner, fence: 1 }),
      renew: async () => true,
      release: async () => {},
    };
    const both = [
      await scene.beat({ store: { ...store, locks } }),
      await scene.beat({ store: { ...store, locks } }),
    ];
    assert.ok(both.every(({ status }) => status.leading));
    await scene.clock.advance(45_000);
    assert.deepEqual(scene.dues().sort(), ['e 12:00:10', 'e 12:00:20', 'e 12:00:30', 'e 12:00:40']);
    assert.equal((await scene.queued()).length, 4);
  });

  test('a leader that slept through its lease asks whether it still leads before it claims', async (t) => {
    const calls: string[] = [];
    const before = (call: string) => void calls.push(call);
    const scene = new BeatScene(t, { beatSchedule: { e: { task: 'a.b', schedule: 1 } } }, undefined, {
      before,
    });
    await scene.beat();
    await scene.clock.advance(4500);
    calls.length = 0;
    await scene.clock.pause(20_000);
    await scene.clock.advance(3000);
    const asked = calls.findIndex((call) => call === 'renew' || call === 'acquire');
    assert.ok(asked >= 0 && calls.includes('claimRuns'));
    assert.ok(!calls.slice(0, asked).includes('claimRuns'));
  });

  test('what somebody else has claimed is looked at again, and the next due time is sent', async (t) => {
    const scene = new BeatScene(t, EVERY_10);
    const beat = await scene.beat();
    await scene.clock.advance(5000);
    const { schedules } = await scene.store();
    const claim = { name: 'e', previous: undefined, occurrence: scene.clock.now() + 5000, messages: [] };
    const [won] = await schedules.claimRuns([claim], { fence: beat.status.fence!, messages: 'publish' });
    assert.ok(won);
    await scene.clock.advance(26_000);
    assert.deepEqual(scene.dues(), ['e 12:00:20', 'e 12:00:30']);
  });

  test('all may sync at once: each entry is put once', async (t) => {
    let puts = 0;
    const before = (call: string) => {
      if (call === 'put') puts += 1;
    };
    const scene = new BeatScene(t, EVERY_10, undefined, { before });
    await Promise.all(Array.from({ length: 5 }, (_, n) => scene.beat({}, String(n))));
    const { version } = await scene.tasks.get('e');
    assert.equal(version, '1');
    assert.ok(puts <= 5);
    assert.equal(scene.lines.filter((line) => line.includes('new in the code')).length, 1);
  });
});
