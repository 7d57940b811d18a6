import { mkdirSync } from 'node:fs';
import { migrateDatabase, openDatabase } from '@lovage/kysely';
import type { Migration } from 'kysely/migration';
import { settings } from './environment.ts';

/** Times are milliseconds since the epoch. */
export interface Tables {
  upload_files: UploadFile;
  task_runs: TaskRun;
}

export interface UploadFile {
  readonly id: string;
  /** As its owner calls it: shown, and never a path. */
  readonly name: string;
  readonly content_type: string;
  readonly size: number;
  readonly sha256: string;
  /** A row is there before its file is, so that nothing on the disk is without one. */
  readonly status: 'UPLOADING' | 'STORED';
  readonly created_at: number;
  readonly expires_at: number;
  /** When its `file.expiring` was emitted. */
  readonly notified_at: number | null;
}

/** What the page shows of a task that ended. */
export interface TaskRun {
  readonly id: string;
  readonly task: string;
  readonly state: string;
  readonly outcome: string;
  readonly ended_at: number;
}

export const db = openDatabase<Tables>(settings.databaseUrl);

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_portal': {
    async up(schema) {
      await schema.schema
        .createTable('upload_files')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('content_type', 'text', (column) => column.notNull())
        .addColumn('size', 'bigint', (column) => column.notNull())
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('notified_at', 'bigint')
        .execute();
      await schema.schema
        .createIndex('upload_files_expiry')
        .on('upload_files')
        .columns(['expires_at', 'id'])
        .execute();
      await schema.schema
        .createTable('task_runs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('task', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('ended_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
};

/** Brings doorito's own tables up to date. */
export async function migrate(): Promise<void> {
  mkdirSync(settings.uploadsFolder, { recursive: true });
  await migrateDatabase(db, { name: 'doorito', migrations: MIGRATIONS });
}
