import type { PostgresServer } from './postgres.ts';

/** The URL of a new, empty database on a server that several tests share. Its name is a plain one: a-z, 0-9, _. */
export async function postgresDatabase(server: Pick<PostgresServer, 'url'>, name: string): Promise<string> {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${name} is no plain name of a database`);
  // Loaded by those who need it: all tests with a service load this folder.
  const { Client } = await import('pg');
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    // A server that a variable names still has it from the last run.
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}
