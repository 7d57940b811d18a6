import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { LamportClock } from '@lovage/protocol';
import { StateDb } from '../src/state-db.ts';
import { HOUR_MS, KeeperScene, ofId } from './keeper-scene.ts';
import { until } from './scene.ts';

const NEVER_MS = 600_000;
const message = (id: string, stamps: Readonly<Record<string, unknown>> = {}) => ({
  ...{ id, stamps, stampedHeaders: Object.keys(stamps) },
});
const away = () => new DriverError('unavailable', 'nobody listens');

suite('a worker and the store of revocations', () => {
  test('what was revoked while no worker was there holds when one comes', async (t) => {
    const scene = new KeeperScene(t);
    const stamp = { kind: 'stamp', header: 'tenant', value: 'acme', untilMs: Date.now() + HOUR_MS } as const;
    await scene.store.add([ofId('a'), stamp]);
    const keeper = await scene.started({ everyMs: NEVER_MS });
    const now = Date.now();
    assert.equal(keeper.has(message('a'), now), true);
    assert.equal(keeper.has(message('x', { tenant: ['acme'] }), now), true);
    assert.equal(keeper.has(message('x'), now), false);
    assert.deepEqual(keeper.stamp(message('x', { tenant: 'acme' }), now), { tenant: 'acme' });
    assert.deepEqual(keeper.ids(), ['a']);
  });

  test('what one worker hears holds there at once, and soon everywhere; also when it is killed', async (t) => {
    const scene = new KeeperScene(t);
    const heard = await scene.started({ everyMs: NEVER_MS });
    const other = await scene.started();
    heard.add([ofId('a')]);
    assert.equal(heard.has(message('a'), Date.now()), true);
    // It did not wait for its next round. Nobody stops it: so it is for one that is killed now.
    await until(() => other.has(message('a'), Date.now()), 'the other knows');
    const later = await scene.started({ everyMs: NEVER_MS });
    assert.deepEqual(later.ids(), ['a']);
  });

  test('it follows what others add', async (t) => {
    const scene = new KeeperScene(t);
    const keeper = await scene.started();
    for (const id of ['a', 'b']) {
      await scene.store.add([ofId(id)]);
      await until(() => keeper.has(message(id), Date.now()), `${id} is known`);
    }
    assert.ok(
      scene.calls.every((call) => call === 'since'),
      'it tells the store nothing that it knows',
    );
  });

  test('of what all workers hear at once the store is told no more than it needs', async (t) => {
    const scene = new KeeperScene(t);
    const keeper = await scene.started({ everyMs: NEVER_MS });
    await scene.store.add([
      ofId('known', Date.now() + HOUR_MS - 1000),
      ofId('ends soon', Date.now() + 60_000),
    ]);
    scene.calls.length = 0;
    keeper.add([ofId('known'), ofId('ends soon'), ofId('new')]);
    await until(() => scene.calls.length === 2, 'it is told');
    assert.deepEqual(scene.calls, ['since', 'add ends soon,new']);
  });

  test('how long one holds that came by remote control is for this worker to say', async (t) => {
    const scene = new KeeperScene(t);
    const from = Date.now();
    const keeper = await scene.started({ limits: { max: 10, keepMs: 500_000 } });
    keeper.add([ofId('a', from + 10 * HOUR_MS)]);
    await until(async () => (await scene.stored()).length === 1, 'it is told');
    const [stored] = (await scene.store.since()).revocations;
    assert.ok(stored!.untilMs >= from + 500_000 && stored!.untilMs <= Date.now() + 500_000);
  });

  test('one that no store could keep is named, and the rest holds', async (t) => {
    const scene = new KeeperScene(t);
    const keeper = await scene.started();
    keeper.add([ofId('x'.repeat(2000)), ofId('a')]);
    assert.deepEqual([keeper.ids(), scene.alarms.length], [['a'], 1]);
    await until(async () => (await scene.stored()).includes('a'), 'it is told');
  });
});

suite('a store of revocations that is away', () => {
  test('a worker that starts waits for it, and says so once', async (t) => {
    const scene = new KeeperScene(t);
    await scene.store.add([ofId('a')]);
    scene.trouble = away();
    const keeper = scene.keeper();
    let started = false;
    const starting = keeper.start().then(() => {
      started = true;
    });
    await until(() => scene.calls.length >= 2, 'it has tried twice');
    assert.equal(started, false);
    scene.trouble = undefined;
    await starting;
    assert.deepEqual(keeper.ids(), ['a']);
    assert.deepEqual(scene.alarms, ['cannot follow revocations, will try again: nobody listens']);
    assert.deepEqual(scene.news, ['can follow revocations again']);
  });

  test('a worker that is stopped while it waits waits no longer', async (t) => {
    const scene = new KeeperScene(t);
    scene.trouble = away();
    const keeper = scene.keeper();
    const starting = keeper.start();
    await until(() => scene.calls.length >= 1, 'it has tried');
    await keeper.stop();
    await starting;
  });

  test('one that answers with an error keeps no worker from starting', async (t) => {
    const scene = new KeeperScene(t);
    scene.trouble = new DriverError('corrupt', 'somebody wrote over it');
    const keeper = await scene.started();
    await until(() => scene.calls.length >= 3, 'it tries again');
    assert.deepEqual(scene.alarms, ['cannot follow revocations, will try again: somebody wrote over it']);
    await scene.store.add([ofId('a')]);
    scene.trouble = undefined;
    await until(() => keeper.has(message('a'), Date.now()), 'it follows');
  });

  test('what is heard meanwhile holds, and is told afterwards; each outage is reported once', async (t) => {
    const scene = new KeeperScene(t);
    const keeper = await scene.started();
    for (const id of ['first', 'second']) {
      scene.trouble = away();
      scene.calls.length = 0;
      keeper.add([ofId(id)]);
      assert.equal(keeper.has(message(id), Date.now()), true);
      await until(() => scene.calls.length >= 3, 'it has tried several times');
      scene.trouble = undefined;
      await until(async () => (await scene.stored()).includes(id), `${id} is told`);
      await until(() => scene.news.length === scene.alarms.length, 'the end of the outage is told');
    }
    assert.equal(scene.alarms.length, 2);
  });

  test('what could not be told is told when the worker stops', async (t) => {
    const scene = new KeeperScene(t);
    const keeper = await scene.started({ everyMs: NEVER_MS });
    scene.trouble = away();
    scene.calls.length = 0;
    keeper.add([ofId('a')]);
    await until(() => scene.calls.length === 1, 'it has tried');
    scene.trouble = undefined;
    await keeper.stop();
    assert.deepEqual(await scene.stored(), ['a']);
  });
});

suite('a worker and its state file', () => {
  test('revocations and the clock last from one run to the next, without any store', async (t) => {
    const scene = new KeeperScene(t);
    const parts = () => ({ store: undefined, stateDb: scene.stateDb() });
    const clock = new LamportClock(41);
    const first = await scene.started({ ...parts(), clock });
    first.add([ofId('a'), { kind: 'stamp', header: 'h', value: 'v', untilMs: 0 }]);
    clock.forward();
    await first.stop();
    const later = new LamportClock();
    const second = await scene.started({ ...parts(), clock: later });
    assert.deepEqual(second.ids(), ['a']);
    assert.equal(second.has(message('x', { h: 'v' }), Date.now()), true);
    assert.ok(later.value > 42, `the clock is at ${later.value}`);
  });

  test('it is written soon after a change, for a worker that is killed, and not at every change', async (t) => {
    const scene = new KeeperScene(t);
    const keeper = await scene.started({ store: undefined, stateDb: scene.stateDb(), everyMs: 200 });
    const saved = async () => (await new StateDb(scene.statePath).read())?.revoked.length;
    const from = Date.now();
    for (let i = 0; i < 50; i += 1) {
      keeper.add([ofId(`id ${i}`)]);
      await new Promise(setImmediate);
    }
    await until(async () => (await saved()) === 50, 'all are in the file');
    const rounds = Math.ceil((Date.now() - from) / 200);
    assert.ok(scene.writes <= 2 + rounds, `${scene.writes} writes in ${rounds} rounds`);
    const { writes } = scene;
    await until(() => Date.now() - from > 800, 'some rounds have passed');
    assert.equal(scene.writes, writes, 'nothing changed, nothing written');
  });

  test('what is in the file and not in the store is told to it; what has ended is gone', async (t) => {
    const scene = new KeeperScene(t);
    await new StateDb(scene.statePath).write({
      clock: 1,
      revoked: [ofId('a'), ofId('over', Date.now() - 1)],
    });
    const keeper = await scene.started({ stateDb: scene.stateDb() });
    await until(async () => (await scene.stored()).includes('a'), 'it is told');
    assert.deepEqual([keeper.ids(), await scene.stored()], [['a'], ['a']]);
    await keeper.stop();
    assert.equal((await new StateDb(scene.statePath).read())?.revoked.length, 1);
  });

  test("a file that is none of ours stops the worker's start, and nobody writes over it", async (t) => {
    const scene = new KeeperScene(t);
    writeFileSync(scene.statePath, 'Dear diary');
    const keeper = scene.keeper({ stateDb: scene.stateDb() });
    await assert.rejects(keeper.start(), { name: 'ImproperlyConfigured', message: /is no state file/ });
    keeper.add([ofId('a')]);
    await keeper.stop();
    assert.equal(await readFile(scene.statePath, 'utf8'), 'Dear diary');
  });

  test('one that cannot be written stops the start; later it is reported once', async (t) => {
    const scene = new KeeperScene(t);
    const missing = new StateDb(`${scene.statePath}/missing/w1.state`);
    await assert.rejects(scene.keeper({ stateDb: missing }).start(), /cannot be written: ENOENT/);
    let full = false;
    const onFullDisk = new (class extends StateDb {
      override async write(state: Parameters<StateDb['write']>[0]): Promise<void> {
        if (full) throw new Error('no space left on device');
        await super.write(state);
      }
    })(scene.statePath);
    const keeper = await scene.started({ stateDb: onFullDisk });
    full = true;
    keeper.add([ofId('a')]);
    await until(() => scene.alarms.length > 0, 'it is reported');
    const calls = scene.calls.length;
    await until(() => scene.calls.length > calls + 3, 'some rounds have passed');
    assert.deepEqual(scene.alarms, ['cannot write the state file, will try again: no space left on device']);
    full = false;
    await until(() => scene.news.includes('can write the state file again'), 'it is written');
  });
});

test('it keeps no process alive', () => {
  const program = `
    import { LamportClock } from '@lovage/protocol';
    import { RevokedKeeper } from '${new URL('../src/revoked/index.ts', import.meta.url)}';
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log, enabled: () => false };
    const limits = { max: 10, keepMs: 1000 };
    const keeper = new RevokedKeeper({ store: undefined, stateDb: undefined, clock: new LamportClock(), limits, log });
    await keeper.start();
    console.log('started');`;
  const args = ['--conditions=lovage-source', '--input-type=module', '-e', program];
  const out = execFileSync(process.execPath, args, { cwd: import.meta.dirname, timeout: 120_000 });
  assert.equal(String(out).trim(), 'started');
});
