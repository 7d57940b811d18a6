/** What is written, in whose transaction. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { drizzleTx, postgresJsTx } from '@lovage/postgres';
import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import {
  CamelCasePlugin,
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
} from 'kysely';
import { Client, Pool } from 'pg';
import postgres from 'postgres';
import { Outbox } from '../src/index.ts';
import { makeWorld, type Stage } from './world.ts';

/** Of a database that is neither. */
const dummy = {
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<never>) => new MysqlIntrospector(db),
  createQueryCompiler: () => new MysqlQueryCompiler(),
};

export function examineEmit(stage: Stage): void {
  const { name, skip } = stage;

  test(`${name}: an event is part of its transaction: committed with it, gone with it`, {
    skip,
  }, async (t) => {
    const { db, outbox } = await makeWorld(t, stage);
    const write = (text: string) =>
      outbox.transaction(async (trx) => {
        await trx.insertInto('notes').values({ text }).execute();
        await outbox.emit(trx, 'note.written', { text });
        if (text === 'bad') throw new Error('rolled back');
      });
    await write('good');
    await assert.rejects(write('bad'), /rolled back/);
    const notes = await db.selectFrom('notes').select('text').execute();
    assert.deepEqual(
      notes.map(({ text }) => text),
      ['good'],
    );
    const events = await outbox.events();
    assert.deepEqual(
      events.map(({ type, data, status }) => ({ type, data, status })),
      [{ type: 'note.written', data: { text: 'good' }, status: 'PENDING' }],
    );
  });

  test(`${name}: an idempotency key writes an event once, in whichever transaction`, { skip }, async (t) => {
    const { outbox, another, emit } = await makeWorld(t, stage);
    const id = await emit('file.expiring', { n: 1 }, 'file-7');
    assert.equal(await emit('file.expiring', { n: 2 }, 'file-7'), id);
    await outbox.transaction(async (trx) => {
      await outbox.emit(trx, 'file.expiring', { n: 3 }, { idempotencyKey: 'file-7' });
      await outbox.emit(trx, 'file.gone', { n: 4 }, { idempotencyKey: 'file-7' });
    });
    const others = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const { outbox: other } = another();
        return other.transaction((trx) => other.emit(trx, 'file.late', { n }, { idempotencyKey: 'k' }));
      }),
    );
    assert.equal(new Set(others).size, 1);
    const events = await outbox.events();
    assert.deepEqual(events.map(({ type }) => type).sort(), ['file.expiring', 'file.gone', 'file.late']);
    assert.deepEqual(events.find((event) => event.id === id)?.data, { n: 1 }, 'the first is kept');
  });

  test(`${name}: the fast path runs after the commit, and its failure fails nobody`, { skip }, async (t) => {
    const calls: number[] = [];
    const errors: string[] = [];
    const world = await makeWorld(t, stage, {
      async afterCommit() {
        calls.push((await world.another().outbox.events()).length);
        if (calls.length > 1) throw new Error('no broker');
      },
      onError: (error) => errors.push(error.message),
    });
    await world.emit('a.b', 1);
    await world.emit('a.b', 2);
    await world.outbox.transaction(async (trx) => {
      await trx.insertInto('notes').values({ text: 'nothing emitted' }).execute();
    });
    await assert.rejects(
      world.outbox.transaction(async (trx) => {
        await world.outbox.emit(trx, 'a.b', 3);
        throw new Error('rolled back');
      }),
    );
    assert.deepEqual(calls, [1, 2], 'others saw the event when it was called');
    assert.deepEqual(errors, ['outbox: the fast path failed, the sweep will deliver: no broker']);
  });

  test(`${name}: plugins of the application's change nothing of ours`, { skip }, async (t) => {
    const { db } = await makeWorld(t, stage);
    const camel = db.withPlugin(new CamelCasePlugin());
    const outbox = new Outbox(camel);
    const { id } = await outbox.endpoints.add({ url: 'https://example.com/' });
    assert.deepEqual((await outbox.endpoints.list())[0]?.eventTypes, ['*']);
    await outbox.transaction((trx) => outbox.emit(trx, 'a.b', { someKey: 1 }));
    assert.deepEqual((await outbox.events())[0]?.data, { someKey: 1 });
    assert.ok(await outbox.endpoints.remove(id));
    const mysql = new Kysely({ dialect: { ...dummy, createAdapter: () => new MysqlAdapter() } });
    assert.throws(() => new Outbox(mysql), /SQLite or PostgreSQL, and this database is neither/);
  });

  test(`${name}: what is no transaction, or of another kind, is refused`, { skip }, async (t) => {
    const { db, outbox } = await makeWorld(t, stage);
    const refused = async (tx: unknown, told: RegExp) =>
      assert.rejects(outbox.emit(tx as never, 'a.b', 1), { name: 'TypeError', message: told });
    await refused(db, /a Kysely without a transaction/);
    for (const nothing of [undefined, null, {}, 'tx'])
      await refused(nothing, /it is none: pass that of Kysely/);
    await refused({ query() {}, totalCount: 3 }, /a pool, which takes any/);
    await refused({ query() {}, getTransactionStatus: () => 'I' }, /a client that has begun none/);
    assert.deepEqual(await outbox.events(), []);
  });
}

/** The connections that only one of both has. */
export function examineForeignTransactions([sqlite, server]: readonly [Stage, Stage]): void {
  test('a transaction of node:sqlite takes an event', async (t) => {
    const { url, outbox } = await makeWorld(t, sqlite);
    const connection = new DatabaseSync(new URL(url).pathname.replace(/^\//, ''), { timeout: 5_000 });
    t.after(() => connection.close());
    await assert.rejects(
      outbox.emit(connection, 'a.b', 1),
      /it has begun none: exec\('begin immediate'\) first/,
    );
    for (const end of ['rollback', 'commit']) {
      connection.exec('begin immediate');
      await outbox.emit(connection, 'a.b', { end });
      connection.exec(end);
    }
    assert.deepEqual(
      (await outbox.events()).map(({ data }) => data),
      [{ end: 'commit' }],
    );
    await assert.rejects(
      outbox.emit({ query: async () => {} }, 'a.b', 1),
      /it is of PostgreSQL, and the outbox is in SQLite/,
    );
  });

  test('clients of pg and transactions of others take an event', { skip: server.skip }, async (t) => {
    const { url, outbox } = await makeWorld(t, server);
    const client = new Client({ connectionString: url });
    await client.connect();
    t.after(() => client.end());
    for (const end of ['rollback', 'commit']) {
      await client.query('begin');
      await outbox.emit(client, 'pg.plain', { end }, { idempotencyKey: end });
      await client.query(end);
    }
    await drizzle(client).transaction(async (tx) => {
      await outbox.emit(drizzleTx(tx, drizzleSql), 'pg.drizzle', { end: 'commit' });
    });
    const postgresJs = postgres(url);
    t.after(() => postgresJs.end());
    await postgresJs.begin(async (tx) => {
      await outbox.emit(postgresJsTx(tx), 'pg.postgres_js', { end: 'commit' });
    });
    const pool = new Pool({ connectionString: url });
    await assert.rejects(outbox.emit(pool as never, 'a.b', 1), /a pool, which takes any/);
    assert.deepEqual((await outbox.events()).map(({ type, data }) => [type, data]).sort(), [
      ['pg.drizzle', { end: 'commit' }],
      ['pg.plain', { end: 'commit' }],
      ['pg.postgres_js', { end: 'commit' }],
    ]);
    const file = new DatabaseSync(':memory:');
    t.after(() => file.close());
    await assert.rejects(outbox.emit(file, 'a.b', 1), /it is of SQLite, and the outbox is in PostgreSQL/);
  });
}
