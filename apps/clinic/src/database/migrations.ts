import { isPostgres } from '@lovage/kysely';
import { type Kysely, sql } from 'kysely';

export const MIGRATIONS = {
  '001-clinic': {
    async up(db: Kysely<unknown>): Promise<void> {
      const id = isPostgres(db) ? sql`serial primary key` : sql`integer primary key autoincrement`;
      const tables = [
        sql`create table doctors (id ${id}, name text not null, email text not null unique, licence text not null,
          crm_revision integer)`,
        sql`create table appointments (id ${id}, patient text not null, patient_email text, doctor text not null,
          day text not null, time text not null, status text not null, unique (doctor, day, time))`,
        sql`create table stock (item text primary key, units integer not null check (units >= 0))`,
        sql`create table stock_counts (id integer primary key, items integer not null, units integer not null,
          fence integer not null, counted_at text not null)`,
        sql`create table orders (id ${id}, item text not null, quantity integer not null, cents integer not null,
          status text not null, task text)`,
        // One payment for an order, however often the order is processed.
        sql`create table payments (id ${id}, order_id integer not null unique, cents integer not null, status text not null,
          receipt text, tried_at text not null)`,
        sql`create table reports (id text primary key, title text not null, pages integer not null, file text not null,
          made_at text not null)`,
        sql`create table task_runs (id ${id}, task_id text not null, task text not null, state text not null,
          detail text not null, ended_at text not null)`,
      ];
      for (const table of tables) await table.execute(db);
    },
  },
};
