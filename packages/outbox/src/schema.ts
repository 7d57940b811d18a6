import { type Generated, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Of an event: whether every endpoint that wants it has it. Of a delivery: whether that endpoint has. */
export type OutboxStatus = 'PENDING' | 'DELIVERED' | 'FAILED';

/** The three tables. Times are milliseconds since the epoch; on PostgreSQL some pools read them as texts. */
export interface OutboxTables {
  outbox_events: EventRow;
  outbox_endpoints: EndpointRow;
  outbox_deliveries: DeliveryRow;
}

export interface EventRow {
  readonly id: string;
  readonly type: string;
  /** JSON. */
  readonly payload: string;
  readonly idempotency_key: string | null;
  readonly status: Generated<OutboxStatus>;
  /** 1 once it has a row in outbox_deliveries for each endpoint that wants it. */
  readonly fanned_out: Generated<number>;
  readonly created_at: number;
  readonly finished_at: number | null;
}

export interface EndpointRow {
  readonly id: string;
  readonly url: string;
  /** JSON: filters such as `file.*`. */
  readonly event_types: string;
  readonly secret: string;
  /** The one before, which signs beside it until then. */
  readonly previous_secret: string | null;
  readonly previous_secret_until: number | null;
  /** Nothing is sent to it before then: it answered with Retry-After. */
  readonly not_before: number;
  readonly disabled_at: number | null;
  readonly disabled_reason: string | null;
  readonly created_at: number;
}

/** One event for one endpoint. */
export interface DeliveryRow {
  readonly event_id: string;
  readonly endpoint_id: string;
  readonly status: Generated<OutboxStatus>;
  /** Tries begun, those of a process that died included. */
  readonly attempts: Generated<number>;
  readonly next_attempt_at: number;
  /** Whose try is under way, and how long nobody else may begin one. */
  readonly lease: string | null;
  readonly leased_until: Generated<number>;
  readonly finished_at: number | null;
  /** Of the last answer, if there was one. */
  readonly last_status: number | null;
  readonly last_error: string | null;
}

/** How the tables came to be, for `migrateDatabase` of `@lovage/kysely` or a Migrator of your own. */
export const OUTBOX_MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_outbox': {
    async up(db) {
      await db.schema
        .createTable('outbox_events')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('type', 'text', (column) => column.notNull())
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('idempotency_key', 'text')
        .addColumn('status', 'text', (column) => column.notNull().defaultTo('PENDING'))
        .addColumn('fanned_out', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('finished_at', 'bigint')
        .execute();
      await db.schema
        .createTable('outbox_endpoints')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('url', 'text', (column) => column.notNull())
        .addColumn('event_types', 'text', (column) => column.notNull())
        .addColumn('secret', 'text', (column) => column.notNull())
        .addColumn('previous_secret', 'text')
        .addColumn('previous_secret_until', 'bigint')
        .addColumn('not_before', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('disabled_at', 'bigint')
        .addColumn('disabled_reason', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute();
      // No foreign keys: what is left of an endpoint that was removed fails at its next turn, and says why.
      await db.schema
        .createTable('outbox_deliveries')
        .addColumn('event_id', 'text', (column) => column.notNull())
        .addColumn('endpoint_id', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull().defaultTo('PENDING'))
        .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
        .addColumn('lease', 'text')
        .addColumn('leased_until', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('finished_at', 'bigint')
        .addColumn('last_status', 'integer')
        .addColumn('last_error', 'text')
        .addPrimaryKeyConstraint('outbox_deliveries_pk', ['event_id', 'endpoint_id'])
        .execute();
      await db.schema
        .createIndex('outbox_events_new')
        .on('outbox_events')
        .columns(['created_at', 'id'])
        .where(sql.ref('fanned_out'), '=', 0)
        .execute();
      await db.schema
        .createIndex('outbox_events_finished')
        .on('outbox_events')
        .columns(['status', 'finished_at'])
        .execute();
      await db.schema
        .createIndex('outbox_deliveries_due')
        .on('outbox_deliveries')
        .columns(['next_attempt_at', 'event_id'])
        .where(sql.ref('status'), '=', 'PENDING')
        .execute();
    },
    async down(db) {
      for (const table of ['outbox_deliveries', 'outbox_endpoints', 'outbox_events'])
        await db.schema.dropTable(table).execute();
    },
  },
};
