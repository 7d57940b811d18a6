/** Jobs handed to children before these are free, and taken back. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolOutcome } from '@lovage/contracts';
import { isAlive, lines, openScene, output, type Scene, scratch, until } from './pools-scene.ts';

/** Where named pipes are made. */
const FOLDER = 'TMPDIR';

/** As many jobs as there are places, given at once behind whatever runs. */
function fill({ pool, run }: Scene): Promise<PoolOutcome>[] {
  return Array.from({ length: pool.ahead!.places }, (_, value) => run({ do: 'echo', value }));
}

const values = (outcomes: readonly PoolOutcome[]) => outcomes.map(output);
const upTo = (count: number) => Array.from({ length: count }, (_, value) => value);

describe('process pool: jobs ahead', { timeout: 120_000 }, () => {
  test('jobs behind a stopped child are run by another, and nothing is killed', async (t) => {
    const scene = await openScene(t, { size: 2 });
    const { pool, run, spawned } = scene;
    const pids: number[] = [];
    const stopped = run({ do: 'sleep', ms: 1 }, { onStart: (pid) => pids.push(pid) });
    process.kill(pids[0]!, 'SIGSTOP');
    const brief = run({ do: 'sleep', ms: 1 });
    const jobs = fill(scene);
    assert.equal(output(await brief), 'slept');
    assert.deepEqual(values(await Promise.all(jobs)), upTo(jobs.length));
    assert.equal(pool.busy, 1);
    process.kill(pids[0]!, 'SIGCONT');
    assert.equal(output(await stopped), 'slept');
    assert.equal(spawned.length, 2);
  });

  test('jobs behind a child killed from outside are run by the next, at once', async (t) => {
    const scene = await openScene(t);
    const { pool, run, spawned } = scene;
    const lost = run({ do: 'spin' });
    const jobs = fill(scene);
    const onTheirWay = setImmediate(() => process.kill(pool.pids[0]!, 'SIGKILL'));
    assert.deepEqual(await lost, { kind: 'lost', reason: 'crashed', detail: 'signal 9 (SIGKILL)' });
    assert.deepEqual(values(await Promise.all(jobs)), upTo(jobs.length));
    assert.equal(spawned.length, 2);
    clearImmediate(onTheirWay);
  });

  test('jobs behind a hard limit are not touched by it', async (t) => {
    const scene = await openScene(t);
    const long = scene.run({ do: 'spin' }, { hardMs: 100 });
    const jobs = fill(scene);
    assert.ok((await long).kind === 'lost');
    assert.deepEqual(values(await Promise.all(jobs)), upTo(jobs.length));
  });

  test('one that cannot be cloned fails alone among those that travel with it', async (t) => {
    const { run, spawned } = await openScene(t);
    const outcomes = await Promise.all([
      run({ do: 'echo', value: 0 }),
      run({ do: 'echo', value: () => {} }),
      run({ do: 'echo', value: 2 }),
    ]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['returned', 'threw', 'returned'],
    );
    const first = await Promise.all([run({ do: 'echo', value: () => {} }), run({ do: 'echo', value: 1 })]);
    assert.deepEqual(
      first.map(({ kind }) => kind),
      ['threw', 'returned'],
    );
    assert.equal(spawned.length, 1);
  });

  test('an error that a job leaves behind is not the fault of the one behind it', async (t) => {
    const { run } = await openScene(t);
    const [left, next] = await Promise.all([
      run({ do: 'returnThenThrow', bytes: 1 }),
      run({ do: 'echo', value: 'next' }),
    ]);
    assert.equal(left.kind, 'returned');
    assert.equal(output(next), 'next');
  });

  test('a large output is on its way whole before the next job takes the thread', async (t) => {
    const { pool, run } = await openScene(t);
    const value = new Uint8Array(8_000_000);
    const large = run({ do: 'echo', value });
    const spinning = run({ do: 'spin' }, { id: 'spinning' });
    assert.equal((output(await large) as Uint8Array).length, value.length);
    await until(() => pool.ahead!.taken === 0);
    assert.equal(pool.stop('spinning', 'kill'), true);
    assert.equal((await spinning).kind, 'lost');
  });

  test('a restart, a smaller size and a stop leave no job behind', async (t) => {
    const scene = await openScene(t, { size: 2 });
    const { pool, run } = scene;
    const running = [run({ do: 'sleep', ms: 100 }), run({ do: 'sleep', ms: 100 })];
    const jobs = fill(scene);
    const restarted = pool.restart();
    await pool.resize(1);
    await restarted;
    assert.deepEqual(values(await Promise.all([...running, ...jobs])), [
      'slept',
      'slept',
      ...upTo(jobs.length),
    ]);
    await until(() => pool.busy === 0 && pool.pids.length === 1);
  });

  test('without named pipes jobs wait in the pool, and all else is the same', async (t) => {
    const before = process.env[FOLDER];
    process.env[FOLDER] = '/nowhere';
    t.after(() => {
      if (before === undefined) delete process.env[FOLDER];
      else process.env[FOLDER] = before;
    });
    assert.equal(tmpdir(), '/nowhere');
    const scene = await openScene(t);
    const slow = scene.run({ do: 'sleep', ms: 20 });
    const jobs = fill(scene);
    assert.equal(output(await slow), 'slept');
    assert.deepEqual(values(await Promise.all(jobs)), upTo(jobs.length));
  });

  test('whatever is killed, withdrawn, recalled or restarted, each job begins once at most and ends once', async (t) => {
    const log = join(scratch(t), 'begun');
    const scene = await openScene(t, { size: 3, maxTasksPerChild: 40 });
    const { pool } = scene;
    const ended = new Map<string, PoolOutcome[]>();
    const all = new Map<string, Promise<void>>();
    const random = (below: number) => Math.floor(Math.random() * below);
    const someone = () => [...all.keys()][random(all.size)]!;
    for (let n = 0; n < 1500; n += 1) {
      const { places, taken } = pool.ahead!;
      if (taken >= places) await Promise.race(all.values());
      const id = `stress ${n}`;
      const done = pool
        .run({ id, input: { do: 'note', file: log, ms: random(40) === 0 ? 8 : 0 } })
        .then((outcome) => {
          ended.set(id, [...(ended.get(id) ?? []), outcome]);
          all.delete(id);
        });
      all.set(id, done);
      const dice = random(120);
      if (dice < 8) pool.ahead!.withdraw(someone());
      else if (dice < 10) pool.stop(someone(), 'kill');
      else if (dice < 11 && pool.pids.length > 0)
        process.kill(pool.pids[random(pool.pids.length)]!, 'SIGKILL');
      else if (dice < 12) await sleep(random(10));
      if (n === 700) void pool.restart();
    }
    await Promise.all(all.values());
    const begun = lines(log);
    assert.equal(new Set(begun).size, begun.length, 'none began twice');
    assert.equal(ended.size, 1500);
    for (const [id, outcomes] of ended) {
      assert.equal(outcomes.length, 1, id);
      const [outcome] = outcomes;
      if (outcome!.kind === 'returned') assert.ok(begun.includes(id), `${id} ran`);
      else assert.equal(outcome!.kind, 'lost', id);
      if (outcome!.kind === 'lost' && outcome!.reason === 'withdrawn')
        assert.ok(!begun.includes(id), `${id} ran`);
    }
    const kinds = Object.groupBy(ended.values(), ([outcome]) =>
      outcome!.kind === 'lost' ? outcome!.reason : 'returned',
    );
    t.diagnostic(
      Object.entries(kinds)
        .map(([kind, list]) => `${kind}: ${list!.length}`)
        .join(', '),
    );
    assert.equal(pool.ahead!.taken, 0);
    await until(() => pool.busy === 0);
  });
});

describe('process pool: children that are replaced', { timeout: 120_000 }, () => {
  test('a child that has outgrown its memory is replaced after its job, and those behind it lose nothing', async (t) => {
    const replaced: [number, number][] = [];
    const scene = await openScene(t, {
      maxMemoryPerChildKib: 250_000,
      onTooLarge: (pid, residentKib) => replaced.push([pid, residentKib]),
    });
    const { pool, run, spawned, exits } = scene;
    const [pid] = pool.pids;
    for (const value of [1, 2]) assert.equal(output(await run({ do: 'echo', value })), value);
    assert.deepEqual(replaced, []);
    const large = run({ do: 'grow', bytes: 400_000_000 });
    const jobs = fill(scene);
    assert.equal(output(await large), pid);
    assert.deepEqual(values(await Promise.all(jobs)), upTo(jobs.length));
    assert.equal(replaced.length, 1);
    assert.equal(replaced[0]![0], pid);
    assert.ok(replaced[0]![1] > 250_000, `${replaced[0]![1]} KiB`);
    await until(() => exits.size === 1);
    assert.equal(exits.get(pid!), 'exit code 0');
    assert.ok(spawned.includes(pool.pids[0]!) && pool.pids[0] !== pid);
  });

  test('no child is given more than maxTasksPerChild jobs, also ahead', async (t) => {
    const scene = await openScene(t, { maxTasksPerChild: 2 });
    const jobs = [1, 2, 3, 4].map(() => scene.run({ do: 'pid' }));
    const pids = values(await Promise.all(jobs));
    assert.equal(pids[0], pids[1]);
    assert.equal(pids[2], pids[3]);
    assert.notEqual(pids[1], pids[2]);
  });

  test('a spare is started before it is needed, is no worker until then, and ends with the pool', async (t) => {
    const { pool, run, spawned, exits } = await openScene(t, { maxTasksPerChild: 2 });
    assert.equal(spawned.length, 1);
    await run({ do: 'pid' });
    await until(() => spawned.length === 2);
    assert.deepEqual(pool.pids, [spawned[0]]);
    await run({ do: 'pid' });
    assert.equal(output(await run({ do: 'pid' })), spawned[1]);
    await until(() => spawned.length === 3);
    // It was there before the restart: its modules are old.
    await pool.restart();
    assert.ok(!spawned.slice(0, 3).includes(output(await run({ do: 'pid' })) as number));
    await pool.close(1000);
    assert.deepEqual(spawned.filter(isAlive), []);
    assert.equal(exits.size, spawned.length);
  });

  test('a spare that dies is nobody’s loss', async (t) => {
    const { run, spawned, exits } = await openScene(t, { maxTasksPerChild: 2 });
    await run({ do: 'pid' });
    await until(() => spawned.length === 2);
    process.kill(spawned[1]!, 'SIGKILL');
    await until(() => exits.size === 1);
    assert.equal(output(await run({ do: 'pid' })), spawned[0]);
    assert.notEqual(output(await run({ do: 'pid' })), spawned[1]);
  });

  test('maxima that make no sense are refused', async (t) => {
    await assert.rejects(openScene(t, { maxMemoryPerChildKib: 0 }), /maxMemoryPerChildKib/);
    await assert.rejects(openScene(t, { maxMemoryPerChildKib: 1.5 }), /maxMemoryPerChildKib/);
  });
});
