import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { RunClaim } from '@lovage/contracts';
import { migrate } from '../src/migrate.ts';
import { migrations } from '../src/migrations/index.ts';
import { connect } from '../src/node-sqlite.ts';
import { message } from './messages.ts';
import { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(() => world.dispose());

const entry = (name: string) => ({ name, definition: Uint8Array.of(1), enabled: true, since: 1 });
const first = (name: string, queue: string): RunClaim => ({
  name,
  previous: undefined,
  occurrence: 60_000,
  messages: [message('before', name), message(queue, name)],
});

describe('sqlite: schedules', () => {
  test('entries of the first schema are kept, and due from now on', async () => {
    await mkdir(dirname(world.path), { recursive: true });
    const old = connect(world.path);
    migrate(old, world.path, migrations.slice(0, 3));
    old.exec(`insert into schedules (name, definition, enabled, last_run, runs) values ('old', x'00ff', 1, 5, 3);
      update schedule_revision set revision = 7`);
    old.close();
    const from = Date.now();
    const store = world.open().schedules();
    const [found, ...more] = await store.list();
    const { since, ...rest } = found!;
    assert.ok(since >= from - 1000 && since <= Date.now(), `since ${since}`);
    assert.deepEqual(rest, {
      name: 'old',
      definition: Uint8Array.of(0, 255),
      enabled: true,
      version: '0',
      lastRun: 5,
      lastSent: undefined,
      runs: 3,
    });
    assert.deepEqual([more, await store.revision()], [[], '7']);
    assert.deepEqual(await store.put([{ ...rest, since, replaces: '0' }]), [true]);
    const claim = { name: 'old', previous: 5, occurrence: 9, messages: [] };
    assert.deepEqual(await store.claimRuns([claim], { fence: 1, messages: 'publish' }), [true]);
  });

  test('what cannot be stored has not been claimed, and a neighbour of the same turn has', async () => {
    const store = world.open().schedules();
    await store.put([entry('bad'), entry('good')]);
    world.query(`create trigger full before insert on ready when new.queue = 'full'
      begin select raise(abort, 'no room'); end`);
    const publish = { fence: 1, messages: 'publish' } as const;
    const [bad, good] = await Promise.allSettled([
      store.claimRuns([first('bad', 'full')], publish),
      store.claimRuns([first('good', 'q')], publish),
    ]);
    assert.match(String(bad.status === 'rejected' && bad.reason), /no room/);
    assert.deepEqual(good, { status: 'fulfilled', value: [true] });
    const seen = (await store.list()).map(({ name, lastRun, runs }) => [name, lastRun, runs]);
    assert.deepEqual(seen, [
      ['bad', undefined, 0],
      ['good', 60_000, 2],
    ]);
    assert.deepEqual(
      world.query('select queue from ready order by id').map(({ queue }) => queue),
      ['before', 'q'],
    );
  });
});
