/** A process that migrates a database and adds to a counter in it, by reading it first. `node counter.ts URL TIMES` */
import { type Kysely, sql } from 'kysely';
import { migrateDatabase, openDatabase } from '../src/index.ts';

export interface Counted {
  counter: { id: number; value: number };
}

export const MIGRATIONS = {
  '001-counter': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('counter')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('value', 'bigint', (column) => column.notNull())
        .execute();
      await sql`insert into counter (id, value) values (1, 0)`.execute(db);
    },
  },
};

if (import.meta.main) {
  const [url = '', times = '0'] = process.argv.slice(2);
  const db = openDatabase<Counted>(url);
  await migrateDatabase(db, { name: 'counter', migrations: MIGRATIONS });
  for (let time = 0; time < Number(times); time += 1) {
    await db.transaction().execute(async (tx) => {
      let read = tx.selectFrom('counter').select('value').where('id', '=', 1);
      if (url.startsWith('postgres')) read = read.forUpdate();
      const { value } = await read.executeTakeFirstOrThrow();
      await tx
        .updateTable('counter')
        .set({ value: value + 1 })
        .where('id', '=', 1)
        .execute();
    });
  }
  await db.destroy();
}
