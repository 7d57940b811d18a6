import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { ScheduleStore } from '@lovage/contracts';
import { type EntryInput, readEntry, syncFromCode } from '../src/index.ts';
import { BeatScene } from './beat-scene.ts';

type Code = Readonly<Record<string, Partial<EntryInput>>>;

class Synced {
  readonly scene: BeatScene;
  readonly store: ScheduleStore;

  constructor(scene: BeatScene, store: ScheduleStore) {
    this.scene = scene;
    this.store = store;
  }

  static async of(t: TestContext): Promise<Synced> {
    const scene = new BeatScene(t);
    return new Synced(scene, (await scene.store()).schedules);
  }

  sync(
    code: Code,
    options: { readonly app?: string; readonly codeOnly?: boolean; readonly store?: ScheduleStore } = {},
  ) {
    const { app = 'scene', store = this.store, ...rest } = options;
    const entries = Object.entries(code).map(([name, given]) =>
      readEntry(name, { task: 'a.b', schedule: 10, ...given }),
    );
    const { clock, logger } = this.scene;
    return syncFromCode(store, entries, { app, timezone: 'UTC', log: logger, now: clock.now, ...rest });
  }

  get = (name: string) => this.scene.tasks.get(name);
}

const NOTHING = { created: [], changed: [], vanished: [] };

suite('what the code says', () => {
  test('is put once, and again only when it has changed', async (t) => {
    const at = await Synced.of(t);
    assert.deepEqual(await at.sync({ a: {}, b: {} }), { ...NOTHING, created: ['a', 'b'] });
    const { version } = await at.get('a');
    assert.deepEqual(await at.sync({ b: {}, a: {} }), NOTHING);
    assert.equal((await at.get('a')).version, version);
    assert.deepEqual(await at.sync({ a: { args: [1] }, b: {} }), { ...NOTHING, changed: ['a'] });
    assert.deepEqual((await at.get('a')).entry!.args, [1]);
  });

  test('counts anew with another schedule, and not with another argument', async (t) => {
    const at = await Synced.of(t);
    await at.sync({ a: {} });
    const { since } = await at.get('a');
    await at.scene.clock.pause(5000);
    await at.sync({ a: { args: [1] } });
    assert.deepEqual((await at.get('a')).since, since);
    await at.sync({ a: { args: [1], schedule: 20 } });
    assert.deepEqual((await at.get('a')).since, new Date(since.getTime() + 5000));
  });

  test('leaves alone what an operator has disabled or changed, until it says something new', async (t) => {
    const at = await Synced.of(t);
    await at.sync({ a: {}, b: {} });
    await at.scene.tasks.disable('a');
    await at.scene.tasks.update('b', { schedule: 99 });
    assert.deepEqual(await at.sync({ a: {}, b: {} }), NOTHING);
    await at.sync({ a: { args: [1] }, b: { args: [1] } });
    assert.equal((await at.get('a')).enabled, false);
    assert.equal(String((await at.get('b')).entry!.schedule), 'every 10 s');
    await at.sync({ a: { args: [1], enabled: false }, b: { args: [1] } });
    await at.sync({ a: { args: [1] }, b: { args: [1] } });
    assert.equal((await at.get('a')).enabled, true);
  });

  test('is all that counts for the code scheduler, but for what is disabled', async (t) => {
    const at = await Synced.of(t);
    await at.sync({ a: {} });
    await at.scene.tasks.update('a', { schedule: 99, enabled: false });
    await at.sync({ a: {} }, { codeOnly: true });
    const { entry, enabled } = await at.get('a');
    assert.deepEqual([String(entry!.schedule), enabled], ['every 10 s', false]);
  });

  test('lets one that ran once run at its new time', async (t) => {
    const at = await Synced.of(t);
    const conf = { a: { oneOff: true } };
    await at.sync(conf);
    const { schedules } = await at.scene.store();
    const message = {
      queue: 'celery',
      envelope: { id: 'x', headers: {}, body: Buffer.from(''), contentType: '', contentEncoding: '' },
    };
    const claim = { name: 'a', previous: undefined, occurrence: at.scene.clock.now(), messages: [message] };
    await schedules.claimRuns([{ ...claim, disable: true }], { fence: 1, messages: 'publish' });
    await at.sync(conf);
    assert.equal((await at.get('a')).enabled, false);
    await at.sync({ a: { oneOff: true, schedule: 20 } });
    assert.equal((await at.get('a')).enabled, true);
  });

  test('no more is marked, kept, not run, and back when it is there again', async (t) => {
    const at = await Synced.of(t);
    await at.sync({ a: {}, b: {} });
    assert.deepEqual(await at.sync({ b: {} }), { ...NOTHING, vanished: ['a'] });
    assert.deepEqual(await at.sync({ b: {} }), NOTHING);
    assert.equal((await at.get('a')).vanished, true);
    assert.equal((await at.get('a')).next, undefined);
    await at.scene.beat();
    await at.scene.clock.advance(30_000);
    // A beat whose code has neither.
    assert.deepEqual(at.scene.dues(), []);
    await at.sync({ a: {}, b: {} });
    const { vanished, since } = await at.get('a');
    assert.deepEqual([vanished, since], [false, new Date(at.scene.clock.now())]);
  });

  test('has nothing to do with entries that were made at run time, or are of another app', async (t) => {
    const at = await Synced.of(t);
    await at.scene.tasks.create('mine', { task: 'a.c', schedule: 5 });
    await at.sync({ theirs: {} }, { app: 'other' });
    assert.deepEqual(await at.sync({ a: {} }), { ...NOTHING, created: ['a'] });
    assert.deepEqual(await at.sync({ theirs: {} }, { app: 'other' }), NOTHING);
    for (const name of ['mine', 'theirs', 'a']) assert.equal((await at.get(name)).vanished, false);
  });

  test('wins over an entry of its name that was made at run time, and that is said', async (t) => {
    const at = await Synced.of(t);
    await at.scene.tasks.create('a', { task: 'a.c', schedule: 5 });
    await at.sync({ a: {} });
    const { origin, entry } = await at.get('a');
    assert.deepEqual([origin, entry!.task], ['code', 'a.b']);
    assert.equal(
      at.scene.said(
        "warn: beat: entry 'a' that was made at run time is now the one of the code; it was: a.c, every 5 s",
      ),
      1,
    );
  });

  test('is put right where it cannot be read', async (t) => {
    const at = await Synced.of(t);
    await at.store.put([{ name: 'a', definition: Buffer.from('{'), enabled: true, since: 0 }]);
    await at.sync({ a: {} });
    assert.equal((await at.get('a')).problem, undefined);
  });

  test('and what somebody changes at the same moment is looked at again', async (t) => {
    const at = await Synced.of(t);
    await at.sync({ a: {} });
    let meddled = false;
    const store = new Proxy(at.store, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'put' || meddled) return value;
        return async (...given: Parameters<typeof target.put>) => {
          meddled = true;
          await at.scene.tasks.disable('a');
          return target.put(...given);
        };
      },
    });
    await at.sync({ a: { args: [1] } }, { store });
    const { enabled, entry } = await at.get('a');
    assert.deepEqual([enabled, entry!.args], [false, [1]]);
  });
});
