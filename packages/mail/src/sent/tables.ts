import type { Kysely } from 'kysely';

/** What the sent store keeps. */
export interface SentTables {
  lovage_mail_sent: {
    key: string;
    address: string;
    state: 'sending' | 'sent' | 'refused' | 'waiting';
    reason: string | null;
    /** Who tried last. */
    owner: string;
    tries: number;
    repeats: number;
    /** Of the last note, ISO 8601 in UTC. */
    noted_at: string;
  };
}

export const MIGRATIONS = {
  '001-sent': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('lovage_mail_sent')
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('address', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('reason', 'text')
        .addColumn('tries', 'integer', (column) => column.notNull())
        .addColumn('repeats', 'integer', (column) => column.notNull())
        .addColumn('noted_at', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('lovage_mail_sent_pkey', ['key', 'address'])
        .execute();
      await db.schema
        .createIndex('lovage_mail_sent_noted')
        .on('lovage_mail_sent')
        .column('noted_at')
        .execute();
    },
  },
  '002-owner': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .alterTable('lovage_mail_sent')
        .addColumn('owner', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
    },
  },
};
