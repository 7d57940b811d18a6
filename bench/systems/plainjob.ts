import { DatabaseSync } from 'node:sqlite';
import { sqliteStore } from '../store.ts';
import { nodeProgram } from './node-program.ts';
import type { Ledger, System } from './system.ts';
import { verifyResults } from './verify.ts';

/** plainjob on better-sqlite3, its worker looking every 10 ms; it keeps no results, its rows are checked instead. */
export function plainjob(): System {
  return {
    fill: 'bulk',
    worker: () => nodeProgram('plainjob/worker.js'),
    producer: (job) => nodeProgram('plainjob/producer.js', [JSON.stringify(job)]),
    async open(scratch) {
      const store = sqliteStore(scratch);
      return { store, ledger: ledger(store.env['BENCH_FILE']!), [Symbol.asyncDispose]: async () => {} };
    },
  };
}

/** Its states of a job, src/jobs.ts there. */
const pending = 0;
const processing = 1;
const done = 2;

function ledger(file: string): Ledger {
  const ask = <T>(sql: string, ...values: number[]): T[] => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return database.prepare(sql).all(...values) as T[];
    } finally {
      database.close();
    }
  };
  return {
    everyMs: 20,
    waiting: async () => ask('SELECT id FROM plainjob_jobs WHERE status = ?', pending).length,
    finished: async () =>
      ask('SELECT 1 FROM plainjob_jobs WHERE status IN (?, ?) LIMIT 1', pending, processing).length === 0,
    async verify(count) {
      const rows = ask<{ data: string }>('SELECT data FROM plainjob_jobs WHERE status = ?', done);
      verifyResults(
        rows.map(({ data }) => JSON.parse(data)),
        count,
      );
    },
  };
}
