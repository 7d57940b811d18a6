import { DriverError } from '@lovage/contracts';
import type { PoolClient } from 'pg';

/** The oldest that is tried: PostgreSQL 13. */
const OLDEST = 130_000;

/**
 * What stands at the other end.
 *
 * A pooler answers for the server when a connection begins, and makes up the process number that a client would
 * cancel by; the server itself knows better.
 */
export async function findOut(client: PoolClient): Promise<{ readonly pooled: boolean }> {
  const { rows } = await client.query<{
    readonly pid: number;
    readonly version: number;
    readonly text: string;
  }>(
    `select pg_backend_pid() as pid, current_setting('server_version_num')::int as version,
      current_setting('server_version') as text`,
  );
  const { pid, version, text } = rows[0]!;
  if (version < OLDEST) {
    throw new DriverError('refused', `PostgreSQL ${text} is too old: Lovage needs version 13 or later`);
  }
  return { pooled: pid !== (client as unknown as { readonly processID: number | null }).processID };
}
