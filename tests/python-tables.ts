import { Client } from 'pg';
import { migrateDjango, type PostgresServer } from '../tools/services.ts';

/** Result backends in tables of Python, by the scheme of their URL. */
export const PYTHON_TABLES = ['django-db+postgresql', 'db+postgresql'] as const;

/** The URL of such a backend, in a database of its own. */
export async function pythonTables(
  server: Pick<PostgresServer, 'url'>,
  scheme: (typeof PYTHON_TABLES)[number],
): Promise<string> {
  const name = `lovage_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  if (scheme === 'django-db+postgresql') migrateDjango(url.href);
  return url.href.replace(/^postgres(ql)?/, scheme);
}
