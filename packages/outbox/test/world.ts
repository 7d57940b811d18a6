import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { openDatabase } from '@lovage/kysely';
import { type Kysely, sql } from 'kysely';
import { type PostgresServer, requireService, startPostgres } from '../../../tools/services.ts';
import { Outbox, type OutboxOptions } from '../src/index.ts';
import type { OutboxTables } from '../src/schema.ts';

/** A table of the application's own, beside the outbox's. */
export interface Tables extends OutboxTables {
  notes: { readonly text: string };
}

export interface Stage {
  readonly name: string;
  readonly skip: string | false;
  /** The URL of an empty database. */
  readonly url: () => Promise<string>;
}

/** SQLite and PostgreSQL, each test in a database of its own. */
export function stages(): [sqlite: Stage, postgres: Stage] {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-outbox-'));
  let server: Promise<PostgresServer> | undefined;
  let count = 0;
  after(async () => {
    await (await server)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return [
    { name: 'SQLite', skip: false, url: async () => `sqlite:///${join(folder, `${count++}.db`)}` },
    {
      name: 'PostgreSQL',
      skip: requireService('postgres'),
      async url() {
        server ??= startPostgres();
        const { url } = await server;
        const name = `outbox_${process.pid}_${count++}`;
        const db = openDatabase(url);
        await sql`create database ${sql.ref(name)}`.execute(db);
        await db.destroy();
        const own = new URL(url);
        own.pathname = name;
        return own.href;
      },
    },
  ];
}

/** An outbox with its tables, which reaches receivers on this machine, and a clock that stands still. */
export async function makeWorld(t: TestContext, stage: Stage, options: OutboxOptions = {}) {
  const url = await stage.url();
  const clock = { ms: Date.parse('2026-03-01T12:00:00Z') };
  const all: Kysely<Tables>[] = [];
  t.after(async () => {
    for (const db of all) await db.destroy();
  });
  /**
   * Another one on the same database, on PostgreSQL with connections of its own. Two of one file in one process would wait for each
   * other for good: node:sqlite waits in the thread that the other one needs.
   */
  const another = (more: OutboxOptions = {}) => {
    const db = url.startsWith('sqlite:') && all[0] ? all[0] : openDatabase<Tables>(url);
    if (db !== all[0]) all.push(db);
    const outbox = new Outbox(db, {
      allowHttp: true,
      allowAddresses: ['127.0.0.1'],
      now: () => clock.ms,
      ...options,
      ...more,
    });
    return { db, outbox };
  };
  const { db, outbox } = another();
  await outbox.migrate();
  await db.schema.createTable('notes').addColumn('text', 'text').execute();
  const emit = (type: string, data: unknown, idempotencyKey?: string) =>
    outbox.transaction((trx) => outbox.emit(trx, type, data, idempotencyKey ? { idempotencyKey } : {}));
  return { url, db, outbox, clock, another, emit };
}
