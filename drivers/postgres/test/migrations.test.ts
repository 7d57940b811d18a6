import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { Database } from '../src/database/database.ts';
import { migrate } from '../src/migrate.ts';
import { migrations } from '../src/migrations/index.ts';
import { readOptions } from '../src/options.ts';
import { message } from './messages.ts';
import { rawClient, sharedServer, stopSharedServer, World } from './world.ts';

describe('postgres: the schema', { skip: requireService('postgres') }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.dispose());
  after(stopSharedServer);

  const versions = () =>
    world.query<{ version: number }>('select version from lovage.migrations order by version');
  const refused = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof DriverError && error.code === 'refused', String(error));
    assert.match(error.message, pattern);
    return true;
  };

  /** Steps of a version to come, on the world's schema. */
  async function migrateTo(steps: readonly string[]) {
    const database = new Database(
      readOptions(world.url, { transport: world.transport, timeoutMs: 20_000 }),
      'x',
    );
    try {
      await database.connect();
      return await migrate(database, steps);
    } finally {
      await database.close();
    }
  }

  test('of many that start at once one makes it, and all can work', async () => {
    const drivers = Array.from({ length: 12 }, () => world.open());
    await Promise.all(drivers.map((each) => each.broker().publish([message('q')])));
    assert.equal((await drivers[0]!.broker().depth(['q']))[0]?.ready, 12);
    assert.deepEqual(
      (await versions()).map(({ version }) => version),
      migrations.map((_, i) => i + 1),
    );
  });

  test('a newer version brings what is there forward, and the older one refuses it then', async () => {
    await world
      .open()
      .broker()
      .publish([message('q')]);
    const newer = [...migrations, 'alter table lovage.messages add column colour text'];
    assert.deepEqual(await migrateTo(newer), { from: migrations.length, to: newer.length });
    assert.deepEqual(await migrateTo(newer), { from: newer.length, to: newer.length });
    assert.deepEqual(await world.query('select colour from lovage.messages'), [{ colour: null }]);
    await assert.rejects(
      world.open().open(),
      refused(new RegExp(`schema ${world.schema} was written by a newer Lovage \\(version ${newer.length};`)),
    );
  });

  test('a step that fails leaves nothing of what went before', async () => {
    const steps = [...migrations, 'create table lovage.half (n int)', 'create table lovage.half (n int)'];
    await assert.rejects(migrateTo(steps), /already exists/);
    assert.deepEqual(await world.query(`select 1 from pg_namespace where nspname = '${world.schema}'`), []);
    await world.open().open();
  });

  test('a user who may not make tables is refused, with what to do, and may work once they are there', async (t) => {
    if (!(await sharedServer()).isPrivate) return t.skip('needs a server that asks for no password');
    const role = `${world.schema}_user`;
    await world.query(`create role ${role} login`);
    try {
      const url = world.url.replace('//lovage@', `//${role}@`);
      await assert.rejects(world.open({}, url).open(), refused(/lacks a right.*lovage migrate-db/));
      assert.deepEqual(await world.open().migrate(), { from: 0, to: migrations.length });
      await world.query(`grant usage on schema ${world.schema} to ${role}`);
      await world.query(
        `grant select, insert, update, delete on all tables in schema ${world.schema} to ${role}`,
      );
      await world.query(`grant usage on all sequences in schema ${world.schema} to ${role}`);
      const driver = world.open({}, url);
      await driver.broker().publish([message('q')]);
      assert.ok(await driver.locks().acquire('l', 'me', 1000));
    } finally {
      await world.query(`drop owned by ${role} cascade`);
      await world.query(`drop role ${role}`);
    }
  });

  test('nobody waits for the right to make what is there', async () => {
    await world.open().open();
    await using other = await rawClient(world.url);
    await other.query('begin');
    await other.query(`select pg_advisory_xact_lock(hashtextextended('lovage ${world.schema}', 0))`);
    await world.open().open();
    await other.query('rollback');
  });
});
