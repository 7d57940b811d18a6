import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Kysely, sql } from 'kysely';
import {
  type PostgresServer,
  postgresDatabase,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { isPostgres, migrateDatabase, openDatabase } from '../src/index.ts';
import { type Counted, MIGRATIONS } from './counter.ts';

const COUNTER = fileURLToPath(new URL('counter.ts', import.meta.url));

suite('a database of SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-kysely-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  exam(async (name) => `sqlite:///${join(folder, 'made', `${name}.db`)}`, false);

  test('statements and rows of every kind', async () => {
    await using db = openDatabase<Counted>(`sqlite:///${join(folder, 'kinds.db')}`);
    await sql`create table kinds (id integer primary key, t text, b blob, n integer)`.execute(db);
    const inserted = await sql`insert into kinds (t, b) values (${'é'}, ${Buffer.from([1, 2])})`.execute(db);
    assert.deepEqual([inserted.insertId, inserted.numAffectedRows], [1n, 1n]);
    const { rows } = await sql<{ t: string; b: Uint8Array; n: null }>`select t, b, n from kinds`.execute(db);
    assert.deepEqual({ ...rows[0] }, { t: 'é', b: new Uint8Array([1, 2]), n: null });
    await assert.rejects(sql`select * from nowhere`.execute(db), /no such table: nowhere/);
  });
});

suite('a database of PostgreSQL', { skip: requireService('postgres') }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());
  exam((name) => postgresDatabase(server, `kysely_${name}`), true);

  test('two schemas of one database are migrated each by itself', async () => {
    const url = await postgresDatabase(server, 'kysely_schemas');
    const inSchema = (name: string) => `${url}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
    await assert.rejects(
      migrateDatabase(openDatabase<Counted>(inSchema('one')), { name: 'counter', migrations: MIGRATIONS }),
      /names no schema that exists/,
    );
    await using db = openDatabase<Counted>(url);
    for (const name of ['one', 'two']) {
      await sql`create schema ${sql.id(name)}`.execute(db);
      await using schema = openDatabase<Counted>(inSchema(name));
      await migrateDatabase(schema, { name: 'counter', migrations: MIGRATIONS });
      assert.equal((await schema.selectFrom('counter').selectAll().execute()).length, 1);
    }
  });

  test('tables stay where they are when a schema comes before theirs', async () => {
    const url = await postgresDatabase(server, 'kysely_user');
    await using db = openDatabase<Counted>(url);
    await migrateDatabase(db, { name: 'counter', migrations: MIGRATIONS });
    await db.updateTable('counter').set({ value: 7 }).execute();
    await sql`create schema ${sql.id(new URL(url).username)}`.execute(db);
    await migrateDatabase(db, { name: 'counter', migrations: MIGRATIONS });
    assert.equal((await db.selectFrom('counter').select('value').executeTakeFirstOrThrow()).value, 7);
  });
});

test('a URL of another kind is refused, and its password is not shown', () => {
  assert.throws(
    () => openDatabase('mysql://me:secret@host/db'),
    /^Error: a database's URL begins with sqlite: or postgresql:, and this one with mysql:$/,
  );
  assert.throws(() => openDatabase('rota.db'), /this one has no scheme$/);
  assert.throws(() => openDatabase('sqlite://host/rota.db'), /names a host, and SQLite has none/);
});

function exam(urlOf: (name: string) => Promise<string>, postgres: boolean): void {
  test('processes that start together migrate once, and none loses what another wrote', async () => {
    const url = await urlOf('together');
    await Promise.all([1, 2, 3].map(() => count(url, 40)));
    await using db = openDatabase<Counted>(url);
    const { value } = await db.selectFrom('counter').select('value').executeTakeFirstOrThrow();
    assert.equal(value, 120);
    assert.equal(isPostgres(db), postgres);
    const counted = await db
      .selectFrom('counter')
      .select(({ fn }) => fn.countAll().as('all'))
      .executeTakeFirstOrThrow();
    assert.equal(counted.all, 1, 'a count is a number');
  });

  test('a migration that fails leaves nothing behind, and is named', async () => {
    await using db = openDatabase<Counted>(await urlOf('failing'));
    const failing = {
      ...MIGRATIONS,
      '002-fails': {
        up: async (tx: Kysely<unknown>) => void (await sql`create table counter (id int)`.execute(tx)),
      },
    };
    await assert.rejects(
      migrateDatabase(db, { name: 'counter', migrations: failing }),
      /^Error: counter: migration 002-fails failed: .*counter.* already exists/,
    );
    await assert.rejects(db.selectFrom('counter').selectAll().execute(), 'the first one was undone with it');
    await migrateDatabase(db, { name: 'counter', migrations: MIGRATIONS });
    assert.equal((await db.selectFrom('counter').selectAll().execute()).length, 1);
  });

  test('a transaction that throws is rolled back, and calls beside it wait their turn', async () => {
    await using db = openDatabase<Counted>(await urlOf('rollback'));
    await migrateDatabase(db, { name: 'counter', migrations: MIGRATIONS });
    const failed = db.transaction().execute(async (tx) => {
      await tx.updateTable('counter').set({ value: 7 }).execute();
      throw new Error('changed my mind');
    });
    const beside = db.selectFrom('counter').select('value').executeTakeFirstOrThrow();
    await assert.rejects(failed, /changed my mind/);
    assert.equal((await beside).value, 0);
  });
}

async function count(url: string, times: number): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=lovage-source', COUNTER, url, String(times)], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
}
