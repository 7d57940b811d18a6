import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openDatabase } from '@lovage/kysely';
import { sql } from 'kysely';
import { Lovage } from 'lovage';
import { migrateDjango, type PostgresServer } from '../../../tools/services.ts';
import { PATIENCE_MS } from './until.ts';

/** Where doorito keeps its data, its messages and its results in a test. */
export interface Home {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly env: Readonly<Record<string, string>>;
}

const LOCAL = { WEBHOOK_ALLOW_HTTP: '1', WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1' };

/** Files alone: the database, the queue, the results. */
export function sqliteHome(t: TestContext): Home {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-doorito-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const databaseUrl = `sqlite:///${folder}/doorito.db`;
  return {
    folder,
    databaseUrl,
    env: {
      ...LOCAL,
      DATABASE_URL: databaseUrl,
      UPLOADS_FOLDER: join(folder, 'uploads'),
      CELERY_BROKER_URL: `sqlite:///${folder}/lovage.db`,
    },
  };
}

/** One database of a server for all: beside Celery (kombu's tables and, where Django is installed, its results), or our own. */
export async function postgresHome(
  t: TestContext,
  server: PostgresServer,
  tables: 'own' | 'celery' | 'celery and django',
): Promise<Home> {
  const { folder, env } = sqliteHome(t);
  const name = `doorito_${process.pid}_${tables.length}`;
  const admin = openDatabase(server.url);
  await sql`create database ${sql.ref(name)}`.execute(admin);
  await admin.destroy();
  const url = new URL(server.url);
  url.pathname = name;
  if (tables === 'celery and django') migrateDjango(url.href);
  return {
    folder,
    databaseUrl: url.href,
    env: {
      ...env,
      DATABASE_URL: url.href,
      CELERY_BROKER_URL: tables === 'own' ? url.href : `sqla+${url.href}`,
      ...(tables === 'celery and django' ? { CELERY_RESULT_BACKEND: 'django-db' } : {}),
    },
  };
}

/** Plays beat: calls tasks by their names, and waits for what they return. */
export function clientOf(t: TestContext, { env }: Home) {
  const app = new Lovage('beat', {
    brokerUrl: env['CELERY_BROKER_URL']!,
    environment: env,
    taskQueues: [{ name: 'high' }, { name: 'default' }],
    taskRoutes: { 'common.tasks.deliver_outbox_events_task': { queue: 'high' } },
    taskDefaultQueue: 'default',
    lovageLogLevel: 'silent',
  });
  t.after(() => app.close());
  return {
    send: (task: string) => app.sendTask(task),
    run: async (task: string) => (await app.sendTask(task)).get({ timeout: PATIENCE_MS / 1_000 }),
  };
}
