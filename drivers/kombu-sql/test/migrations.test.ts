import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DriverError } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { kombuSchema } from '../src/tables/kombu.ts';
import { argsOf, consumerOf, message, within } from './messages.ts';
import { rawClient, sharedServer, stopSharedServer, World } from './world.ts';

const WAITING = `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and query ilike '%create sequence%'
  and datname = current_database()`;

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

describe('kombu-sql: the making of tables', { skip: requireService('postgres') }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.dispose());
  after(stopSharedServer);

  const refused = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof DriverError && error.code === 'refused', String(error));
    assert.match(error.message, pattern);
    return true;
  };
  const names = async () => {
    const found = await world.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = '${world.schema}'::regnamespace`,
    );
    return new Set(found.map(({ name }) => name));
  };

  test('of many that start at once one makes them, and all can work', async () => {
    const drivers = Array.from({ length: 12 }, () => world.open());
    await Promise.all(drivers.map((each) => each.broker().publish([message('q')])));
    assert.equal((await drivers[0]!.broker().depth(['q']))[0]?.ready, 12);
    assert.deepEqual(await drivers[0]!.migrate(), { from: 1, to: 1 });
  });

  test('when Python makes them at the same moment, each has them', async () => {
    await using theirs = await rawClient(world.engine);
    await theirs.query(`begin; ${kombuSchema}`);
    const opened = world.open().open();
    await until(async () => (await world.query<{ waiting: number }>(WAITING))[0]!.waiting > 0);
    await theirs.query('commit');
    await opened;
    await world
      .open()
      .broker()
      .publish([message('q')]);
  });

  test("they are made where Python looks, even for a user who has our schema's name", async () => {
    await using database = await World.createDatabase();
    const [me] = await database.query<{ name: string }>('select current_user as name');
    assert.equal(me?.name, database.schema);
    await database
      .open()
      .broker()
      .publish([message('q')]);
    const made = await database.query<{ schema: string }>(
      `select distinct schemaname as schema from pg_tables where tablename like '%kombu%'`,
    );
    assert.deepEqual(made, [{ schema: 'public' }]);
  });

  test('a newer version is refused', async () => {
    await world.open().open();
    await world.query('insert into lovage_kombu_message_migrations (version) values (7)');
    await assert.rejects(
      world.open().open(),
      refused(/newer Lovage \(version 7; this one knows 1\): update @lovage\/kombu-sql/),
    );
  });

  test('what Python has made and filled is taken as it is', async () => {
    await world.query(kombuSchema);
    await world.query(
      `insert into kombu_queue values (nextval('queue_id_sequence'), 'q');
      insert into kombu_message values (nextval('message_id_sequence'), true, null,
        '{"body":"","headers":{"argsrepr":"first"},"properties":{}}', 1, 1)`,
    );
    const broker = world.open().broker();
    await broker.publish([message('q', [2])]);
    const consumer = await broker.consume(consumerOf('q'));
    assert.deepEqual((await consumer.claim(5, within(10_000))).map(argsOf), ['first', '(2,)']);
  });

  test('tables of other names, beside the usual ones', async () => {
    const transport = { queue_tablename: 'others', message_tablename: 'other_messages' };
    const usual = world.open().broker();
    await usual.publish([message('q', ['usual'])]);
    // kombu calls one index the same in both, as its models do; so in one schema only the first set has it.
    const other = world.open({ transport }).broker();
    await other.publish([message('q', ['other'])]);
    const made = await names();
    for (const name of [
      'others',
      'other_messages',
      'ix_other_messages_visible',
      'lovage_other_messages_held',
    ]) {
      assert.ok(made.has(name), name);
    }
    const consumer = await other.consume(consumerOf('q'));
    assert.deepEqual((await consumer.claim(5, within(10_000))).map(argsOf), ["('other',)"]);
    await consumer.close();
    assert.equal((await other.depth(['q']))[0]?.ready, 1);
    assert.equal((await usual.depth(['q']))[0]?.ready, 1);
  });

  test('tables that were dropped are made again, and nothing is held of the old ones', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q', [1], Date.now() + 60_000), message('q')]);
    const consumer = await broker.consume(consumerOf('q'));
    await consumer.claim(1, within(10_000));
    await world.query(
      'drop table kombu_message, kombu_queue; drop sequence message_id_sequence, queue_id_sequence',
    );
    await assert.rejects(broker.publish([message('q')]), refused(/a table of ours is missing: restart/));
    const again = world.open().broker();
    await again.publish([message('q')]);
    assert.deepEqual(await again.depth(['q']), [{ queue: 'q', ready: 1, delayed: 0, claimed: 0 }]);
  });

  test('a user who owns nothing works on what was made for him, and is told where he may not make it', async () => {
    const { url } = await sharedServer();
    const role = `clerk_${world.schema}`;
    await world.query(`create role ${role} login`);
    const clerk = world.url.replace('//lovage@', `//${role}@`);
    assert.notEqual(clerk, world.url);
    try {
      await world.query(`grant usage on schema ${world.schema} to ${role}`);
      await assert.rejects(
        world
          .open({}, clerk)
          .broker()
          .publish([message('q')]),
        refused(/permission denied.*run `lovage migrate-db` as the owner/),
      );
      // Python's are there, made by another user, and ours were made without the index.
      await world.open().open();
      await world.query('drop index lovage_kombu_message_ready');
      await world.query(
        `grant select, insert, update, delete on all tables in schema ${world.schema} to ${role};
        grant usage on all sequences in schema ${world.schema} to ${role}`,
      );
      const broker = world.open({}, clerk).broker();
      await broker.publish([message('q', [1])]);
      const consumer = await broker.consume(consumerOf('q'));
      assert.equal((await consumer.claim(5, within(10_000))).length, 1);
      await consumer.close();
      assert.ok(world.logged.some((line) => /kombu_message belongs to another user.*migrate-db/.test(line)));
      await broker.close();
      // The owner makes it good.
      await world.open().open();
      assert.ok((await names()).has('lovage_kombu_message_ready'));
    } finally {
      await using owner = await rawClient(url);
      await owner.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});
