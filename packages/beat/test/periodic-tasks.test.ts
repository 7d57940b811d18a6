import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ImproperlyConfigured, OperationalError } from '@lovage/app';
import { DriverError } from '@lovage/contracts';
import {
  crontab,
  InvalidEntry,
  PeriodicTaskChanged,
  PeriodicTaskExists,
  PeriodicTasks,
  PeriodicTaskUnknown,
} from '../src/index.ts';
import { BeatScene } from './beat-scene.ts';

const GIVEN = { task: 'a.b', schedule: 10, args: [1] };

suite('periodic tasks at run time', () => {
  test('are made, listed, looked at and removed', async (t) => {
    const { tasks } = new BeatScene(t);
    const made = await tasks.create('nightly', { ...GIVEN, description: 'a report' });
    assert.deepEqual([made.origin, made.runs, made.lastRunId, made.enabled], ['runtime', 0, undefined, true]);
    assert.deepEqual(made.next, new Date('2026-03-01T12:00:10Z'));
    await tasks.create('b', GIVEN);
    assert.deepEqual(
      (await tasks.list()).map(({ name }) => name),
      ['b', 'nightly'],
    );
    assert.deepEqual((await tasks.get('nightly')).entry!.args, [1]);
    await tasks.delete('b');
    assert.equal((await tasks.list()).length, 1);
  });

  test('an unknown name is refused with the nearest', async (t) => {
    const { tasks } = new BeatScene(t);
    await tasks.create('nightly', GIVEN);
    const calls = [
      () => tasks.get('nihgtly'),
      () => tasks.update('nihgtly', {}),
      () => tasks.delete('nihgtly'),
      () => tasks.runNow('nihgtly'),
      () => tasks.next('nihgtly'),
    ];
    for (const call of calls)
      await assert.rejects(call, (error: Error) => {
        assert.ok(error instanceof PeriodicTaskUnknown);
        assert.equal(error.message, "there is no periodic task 'nihgtly'; did you mean 'nightly'?");
        return true;
      });
  });

  test('a name that is taken, and an entry that makes no sense, are refused', async (t) => {
    const { tasks } = new BeatScene(t);
    await tasks.create('a', GIVEN);
    await assert.rejects(tasks.create('a', GIVEN), PeriodicTaskExists);
    await assert.rejects(async () => tasks.create('b', { ...GIVEN, schedule: -1 }), InvalidEntry);
    await assert.rejects(tasks.update('a', { overlap: 'never' as 'skip' }), InvalidEntry);
    assert.equal((await tasks.list()).length, 1);
  });

  test('an update replaces parts, and null puts one back', async (t) => {
    const scene = new BeatScene(t);
    const { tasks } = scene;
    const { since } = await tasks.create('a', { ...GIVEN, options: { queue: 'q' } });
    await scene.clock.pause(1000);
    const changed = await tasks.update('a', { args: null, missed: 'run-all' });
    assert.deepEqual(
      [changed.entry!.args, changed.entry!.missed, changed.entry!.options, changed.since],
      [[], 'run-all', { queue: 'q' }, since],
    );
    const again = await tasks.update('a', { schedule: crontab({ hour: 2 }) });
    assert.deepEqual(again.since, new Date(scene.clock.now()));
  });

  test('one that changed meanwhile is not overwritten, where the version is said', async (t) => {
    const { tasks } = new BeatScene(t);
    const { version } = await tasks.create('a', GIVEN);
    await tasks.update('a', { args: [2] }, { version });
    await assert.rejects(tasks.update('a', { args: [3] }, { version }), PeriodicTaskChanged);
    await Promise.all([
      tasks.update('a', { args: [4] }),
      tasks.disable('a'),
      tasks.update('a', { kwargs: { k: 1 } }),
    ]);
    const { entry, enabled } = await tasks.get('a');
    assert.deepEqual([entry!.args, entry!.kwargs, enabled], [[4], { k: 1 }, false]);
  });

  test('one that is enabled again counts from then', async (t) => {
    const scene = new BeatScene(t);
    const { tasks } = scene;
    await tasks.create('a', GIVEN);
    const { next } = await tasks.disable('a');
    assert.equal(next, undefined);
    await scene.clock.pause(60_000);
    assert.deepEqual((await tasks.enable('a')).next, new Date('2026-03-01T12:01:10Z'));
    const { since } = await tasks.get('a');
    await scene.clock.pause(3000);
    assert.deepEqual((await tasks.enable('a')).since, since);
  });

  test('one is run now, and its due times stay', async (t) => {
    const scene = new BeatScene(t);
    await scene.tasks.create('a', { ...GIVEN, options: { queue: 'q', priority: 3 }, enabled: false });
    const result = await scene.tasks.runNow('a');
    const [sent] = await scene.queued('q');
    assert.equal(sent!.id, result.id);
    assert.deepEqual([sent!.envelope.priority, sent!.envelope.headers['periodic_task_name']], [3, 'a']);
    assert.equal((await scene.tasks.get('a')).lastRun, undefined);
  });

  test('its next due times are told, in the zone of the app', async (t) => {
    const scene = new BeatScene(t, { timezone: 'Europe/Prague' });
    await scene.tasks.create('a', { ...GIVEN, schedule: crontab({ minute: 30, hour: 2 }), enabled: false });
    assert.deepEqual(await scene.tasks.next('a', 2), [
      new Date('2026-03-02T01:30:00Z'),
      new Date('2026-03-03T01:30:00Z'),
    ]);
    assert.equal((await scene.tasks.next('a')).length, 10);
    await assert.rejects(async () => scene.tasks.next('a', 0), RangeError);
  });

  test('what has vanished is pruned, and nothing else', async (t) => {
    const scene = new BeatScene(t, { beatSchedule: { a: GIVEN, b: GIVEN } });
    await scene.tasks.create('c', GIVEN);
    await (await scene.beat()).stop();
    assert.deepEqual(await scene.tasks.prune(), []);
    const later = new BeatScene(t, { brokerUrl: scene.app.conf.brokerUrl, beatSchedule: { a: GIVEN } });
    await (await later.beat()).stop();
    assert.deepEqual(await later.tasks.prune(), ['b']);
    assert.deepEqual(
      (await later.tasks.list()).map(({ name }) => name),
      ['a', 'c'],
    );
  });

  test('one that cannot be read says why, and can be removed', async (t) => {
    const scene = new BeatScene(t);
    const { schedules } = await scene.store();
    await schedules.put([{ name: 'bad', definition: Buffer.from('[]'), enabled: true, since: 0 }]);
    const [bad] = await scene.tasks.list();
    assert.match(bad!.problem!, /'bad' is stored in form/);
    assert.equal(bad!.entry, undefined);
    await assert.rejects(scene.tasks.update('bad', { args: [] }), ImproperlyConfigured);
    await scene.tasks.delete('bad');
    assert.deepEqual(await scene.tasks.list(), []);
  });

  test('a store that is away is an OperationalError', async (t) => {
    const scene: BeatScene = new BeatScene(t, {}, undefined, {
      before: () => {
        throw new DriverError('unavailable', 'gone');
      },
    });
    const tasks = new PeriodicTasks(scene.app, { store: await scene.store() });
    await assert.rejects(tasks.list(), OperationalError);
  });
});
