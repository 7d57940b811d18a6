import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import type { RunClaim } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { Database } from '../src/database/database.ts';
import { migrate } from '../src/migrate.ts';
import { migrations } from '../src/migrations/index.ts';
import { readOptions } from '../src/options.ts';
import { message } from './messages.ts';
import { rawClient, stopSharedServer, World } from './world.ts';

describe('postgres: schedules', { skip: requireService('postgres') }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.dispose());
  after(stopSharedServer);

  const entry = (name: string) => ({ name, definition: Uint8Array.of(1), enabled: true, since: 1 });
  const first = (name: string, queue: string): RunClaim => ({
    name,
    previous: undefined,
    occurrence: 60_000,
    messages: [message('before', [name]), message(queue, [name])],
  });
  const publish = { fence: 1, messages: 'publish' } as const;

  test('entries of the first schema are kept, and due from now on', async () => {
    const options = readOptions(world.url, { transport: world.transport, timeoutMs: 20_000 });
    const database = new Database(options, 'x');
    await database.connect();
    await migrate(database, migrations.slice(0, 1));
    await database.close();
    await world.query(`insert into lovage.schedules (name, definition, enabled, last_run, runs)
      values ('old', '\\x00ff', true, 5, 3)`);
    await world.query('update lovage.schedule_revision set revision = 7');
    const from = Date.now();
    const store = world.open().schedules();
    const { since, definition, ...rest } = (await store.list())[0]!;
    assert.ok(Math.abs(since - from) < 60_000, `since ${since}`);
    assert.deepEqual([...definition], [0, 255]);
    assert.deepEqual(rest, {
      name: 'old',
      enabled: true,
      version: '0',
      lastRun: 5,
      lastSent: undefined,
      runs: 3,
    });
    assert.equal(await store.revision(), '7');
    assert.deepEqual(await store.put([{ ...entry('old'), replaces: '0' }]), [true]);
    const claim = { name: 'old', previous: 5, occurrence: 9, messages: [] };
    assert.deepEqual(await store.claimRuns([claim], publish), [true]);
  });

  test('a claim and what it sends are one transaction', async () => {
    const store = world.open().schedules();
    await store.put([entry('a'), entry('b')]);
    const both = [first('a', 'q'), { ...first('b', 'q'), disable: true }];
    assert.deepEqual(await store.claimRuns(both, publish), [true, true]);
    const writers = await world.query(`select xmin::text from lovage.messages
      union select xmin::text from lovage.schedules union select xmin::text from lovage.schedule_revision`);
    assert.equal(writers.length, 1);
  });

  test('what cannot be stored has not been claimed', async () => {
    const store = world.open().schedules();
    const broker = world.open().broker();
    await broker.declare([{ name: 'before' }, { name: 'full' }]);
    await store.put([entry('bad'), entry('good')]);
    await world.query(`create function lovage.full() returns trigger language plpgsql as $$
      begin
        if new.queue = (select id from lovage.queues where name = 'full') then raise 'no room'; end if;
        return new;
      end $$`);
    await world.query(`create trigger full_queue before insert on lovage.messages
      for each row execute function lovage.full()`);
    await assert.rejects(store.claimRuns([first('good', 'q'), first('bad', 'full')], publish), /no room/);
    assert.deepEqual(
      (await store.list()).map(({ lastRun, runs }) => [lastRun, runs]),
      [
        [undefined, 0],
        [undefined, 0],
      ],
    );
    assert.deepEqual(await store.claimRuns([first('good', 'q')], publish), [true]);
    const depths = await broker.depth(['before', 'q', 'full']);
    assert.deepEqual(
      depths.map(({ ready }) => ready),
      [1, 1, 0],
    );
  });

  test('whoever waits is told, though he does not look', async () => {
    const store = world.open().schedules();
    const broker = world.open({ transport: { polling_interval: 60 } }).broker();
    await broker.declare([{ name: 'q' }]);
    await store.put([entry('a')]);
    const consumer = await broker.consume({ consumer: 'c', queues: ['q'], prefetch: 10, leaseMs: 60_000 });
    const waiting = consumer.claim(1, AbortSignal.timeout(20_000));
    await store.claimRuns([first('a', 'q')], publish);
    assert.equal((await waiting).length, 1);
  });

  test('one who is stopped in the midst of a claim holds up the others no longer than he lives', async () => {
    const [store, other] = [world.open().schedules(), world.open().schedules()];
    await store.put([entry('a')]);
    await using stopped = await rawClient(world.url);
    await stopped.query('begin');
    const [pid] = await stopped.query<{ pid: number }>('select pg_backend_pid() as pid');
    await stopped.query(`select fence from ${world.schema}.schedule_revision for update`);
    await stopped.query(`update ${world.schema}.schedules set last_run = 60000`);
    const claimed = other.claimRuns([first('a', 'q')], publish);
    await world.query('select pg_terminate_backend($1)', [pid!.pid]);
    assert.deepEqual(await claimed, [true]);
  });
});
