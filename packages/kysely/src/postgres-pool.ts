import { Pool, types } from 'pg';

const INT8 = 20;

/** Connections whose values are read as SQLite's are. */
export function postgresPool(connectionString: string, max: number): Pool {
  const pool = new Pool({
    connectionString,
    max,
    fallback_application_name: 'lovage',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    // A process that has nothing else to do may end.
    allowExitOnIdle: true,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 && format !== 'binary' ? safeInteger : types.getTypeParser(oid, format as 'text'),
    } as typeof types,
  });
  // A connection that breaks while idle is replaced by the next query; unheard, its error would end the process.
  pool.on('error', () => {});
  return pool;
}

/** @throws RangeError where a number would not be what was stored */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is more than a number holds exactly`);
  return value;
}
