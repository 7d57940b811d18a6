import type { Client } from 'pg';
import { postgresStore } from '../store.ts';
import { nodeProgram } from './node-program.ts';
import { postgresLedger } from './postgres-ledger.ts';
import type { Ledger, System } from './system.ts';

export interface GraphileOptions {
  readonly concurrency: number;
  /** With a local queue of 500 jobs and completions in batches, as its guide to performance has it; else as it comes. */
  readonly tuned: boolean;
}

/** graphile-worker: jobs are deleted when they are done, so there is no result. */
export function graphile({ concurrency, tuned }: GraphileOptions): System {
  const env = { BENCH_CONCURRENCY: String(concurrency), BENCH_TUNED: tuned ? '1' : '' };
  return {
    fill: 'bulk',
    worker: () => nodeProgram('graphile/worker.js', [], env),
    producer: (job) => nodeProgram('graphile/producer.js', [JSON.stringify(job)]),
    async open() {
      const store = await postgresStore();
      return {
        store,
        ledger: ledger(store.client),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
    },
  };
}

function ledger(client: Client): Ledger {
  return {
    ...postgresLedger(client, {
      waiting: 'select count(*)::int as count from graphile_worker._private_jobs where locked_at is null',
      // Jobs are deleted in about the order of their ids.
      last: 'select from graphile_worker._private_jobs order by id desc limit 1',
      running: 'select from graphile_worker._private_jobs',
    }),
    // What has failed would still be there.
    async verify() {
      const { rows } = await client.query('select last_error from graphile_worker._private_jobs limit 1');
      if (rows.length > 0) throw new Error(`a job is left: ${JSON.stringify(rows[0])}`);
    },
  };
}
