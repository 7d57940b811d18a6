import { DriverError } from '@lovage/contracts';
import { migrations } from './migrations/index.ts';
import type { Connection } from './node-sqlite.ts';

/** 'LOVG': marks a file as ours (https://sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x4c4f5647;

/**
 * Brings the file to the newest schema. Processes that open at once race for `begin immediate`; the losers find
 * the work done. Throws DriverError 'refused' for a file of a newer Lovage or of another application.
 */
export function migrate(connection: Connection, path: string, steps: readonly string[] = migrations): void {
  connection.exec('begin');
  try {
    if (versionOf(connection, path, steps.length) === steps.length) return;
  } finally {
    if (connection.isTransaction) connection.exec('rollback');
  }
  connection.exec('begin immediate');
  try {
    for (const step of steps.slice(versionOf(connection, path, steps.length))) connection.exec(step);
    connection.exec(
      `pragma application_id = ${APPLICATION_ID}; pragma user_version = ${steps.length}; commit`,
    );
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback');
    throw error;
  }
}

/** Asked within a transaction: what another process commits between two of these questions is no file of another application. */
function versionOf(connection: Connection, path: string, newest: number): number {
  const owner = pragma(connection, 'application_id');
  const version = pragma(connection, 'user_version');
  if (owner !== APPLICATION_ID) {
    if (owner === 0 && version === 0 && isEmpty(connection)) return 0;
    throw new DriverError(
      'refused',
      `${path} is the database of another application: name a file of its own for Lovage`,
    );
  }
  if (version > newest) {
    throw new DriverError(
      'refused',
      `${path} was written by a newer Lovage (schema ${version}; this one knows ${newest}): update @lovage/sqlite here, or name another file`,
    );
  }
  return version;
}

function isEmpty(connection: Connection): boolean {
  return connection.prepare('select 1 from sqlite_schema limit 1').get() === undefined;
}

function pragma(connection: Connection, name: 'application_id' | 'user_version'): number {
  return Number(connection.prepare(`pragma ${name}`).get()?.[name]);
}
