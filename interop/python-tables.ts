/** A database with tables of Python, and who works with them in either language. */
import { Lovage } from 'lovage';
import { Client } from 'pg';
import type { PostgresServer, RedisServer } from '../tools/services.ts';
import { redisDatabase } from '../tools/services.ts';
import type { Peer } from './python.ts';
import { python } from './python.ts';

/** The two kinds, and what each language calls its result backend. */
export const KINDS = {
  'django-db': {
    theirs: () => 'django-db',
    ours: (url: string) => url.replace(/^postgresql/, 'django-db+postgresql'),
  },
  'db+postgresql': {
    theirs: (url: string) => url.replace(/^postgresql/, 'db+postgresql+psycopg2'),
    ours: (url: string) => url.replace(/^postgresql/, 'db+postgresql'),
  },
} as const;
export type Kind = keyof typeof KINDS;

/** For who waits for what Python keeps: it tells nobody. */
export const LOOK_OFTEN = { polling_interval: 0.05 } as const;

/** A database of its own, in which Django's migrations have run where it is Django's. */
export async function tablesOf(
  kind: Kind,
  { postgres, redis, database }: { postgres: PostgresServer; redis: RedisServer; database: string },
): Promise<{
  readonly url: string;
  readonly ours: string;
  readonly peer: Peer;
  app(extended?: boolean): Lovage;
}> {
  await asked(postgres.url, `create database ${database}`);
  const url = new URL(postgres.url);
  url.pathname = `/${database}`;
  const broker = redisDatabase(redis, 0);
  const peer = {
    broker,
    backend: KINDS[kind].theirs(url.href),
    queue: 'py',
    ...(kind === 'django-db' ? { django: url.href } : {}),
  };
  if (kind === 'django-db') {
    await python(
      peer,
      `
from django.core.management import call_command
for each in ('contenttypes', 'django_celery_results'):
    call_command('migrate', each, verbosity=0)`,
    );
  }
  const ours = KINDS[kind].ours(url.href);
  return {
    url: url.href,
    ours,
    peer,
    app: (extended = false) =>
      new Lovage('interop', {
        brokerUrl: broker,
        resultBackend: ours,
        resultBackendTransportOptions: LOOK_OFTEN,
        resultExtended: extended,
        lovageJsonTyped: false,
        lovageLogLevel: 'silent',
      }),
  };
}

/** Rows of one statement, past everybody. */
export async function asked<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
