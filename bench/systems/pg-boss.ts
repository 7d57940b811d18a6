import type { Client } from 'pg';
import { postgresStore } from '../store.ts';
import { nodeProgram } from './node-program.ts';
import { postgresLedger } from './postgres-ledger.ts';
import type { Ledger, System } from './system.ts';
import { verifyResults } from './verify.ts';

export interface PgBossOptions {
  /** Jobs that its handler is given at a time. */
  readonly batch: number;
  /** A result for each job, as everybody keeps one; or one outcome for the whole batch, and no results. */
  readonly results: 'each' | 'none';
}

/** pg-boss, fetching on as long as its batches are full, told of news by NOTIFY. */
export function pgBoss({ batch, results }: PgBossOptions): System {
  const env = { BENCH_BATCH: String(batch), BENCH_RESULTS: results };
  return {
    fill: 'bulk',
    worker: () => nodeProgram('pg-boss/worker.js', [], env),
    producer: (job) => nodeProgram('pg-boss/producer.js', [JSON.stringify(job)]),
    async open() {
      const store = await postgresStore();
      return {
        store,
        ledger: ledger(store.client, results === 'each' ? 'output' : 'data'),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
    },
  };
}

function ledger(client: Client, column: 'output' | 'data'): Ledger {
  const jobs = `from pgboss.job where name = 'bench'`;
  return {
    ...postgresLedger(client, {
      waiting: `select count(*)::int as count ${jobs} and state < 'active'`,
      last: `select ${jobs} and state < 'active' and not blocked
        order by name desc, priority, created_on desc limit 1`,
      running: `select ${jobs} and state = 'active'`,
    }),
    async verify(count) {
      const { rows } = await client.query<{ result: unknown }>(
        `select ${column} as result ${jobs} and state = 'completed'`,
      );
      verifyResults(
        rows.map(({ result }) => result),
        count,
      );
    },
  };
}
