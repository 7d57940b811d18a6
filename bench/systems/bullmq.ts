import type { Redis } from 'ioredis';
import type { Client } from 'pg';
import { postgresStore, redisStore } from '../store.ts';
import { nodeProgram } from './node-program.ts';
import { postgresLedger } from './postgres-ledger.ts';
import type { Ledger, OpenStore, System } from './system.ts';
import { verifyResults } from './verify.ts';

/** BullMQ as its guide has it: a Worker with `concurrency`, completed jobs kept with what they returned. */
export function bullmq(concurrency: number, store: keyof typeof STORES = 'redis'): System {
  return {
    fill: 'bulk',
    worker: () => nodeProgram('bullmq/worker.js', [], { BENCH_CONCURRENCY: String(concurrency) }),
    producer: (job) => nodeProgram('bullmq/producer.js', [JSON.stringify(job)]),
    open: STORES[store],
  };
}

const STORES = { redis: openRedis, postgres: openPostgres } as const;

async function openRedis(): Promise<OpenStore> {
  const store = await redisStore();
  return {
    store,
    ledger: redisLedger(store.client),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function openPostgres(): Promise<OpenStore> {
  const store = await postgresStore();
  return {
    store,
    ledger: tableLedger(store.client),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function redisLedger(redis: Redis): Ledger {
  return {
    everyMs: 5,
    waiting: () => redis.llen('bull:bench:wait'),
    async finished(count) {
      return (await redis.zcard('bull:bench:completed')) >= count;
    },
    async verify(count) {
      const ids = await redis.zrange('bull:bench:completed', '0', '-1');
      const found: unknown[] = [];
      for (let from = 0; from < ids.length; from += 5000) {
        const answers = redis.pipeline();
        for (const id of ids.slice(from, from + 5000)) answers.hget(`bull:bench:${id}`, 'returnvalue');
        for (const [, text] of (await answers.exec())!) found.push(JSON.parse(text as string));
      }
      verifyResults(found, count);
    },
  };
}

function tableLedger(client: Client): Ledger {
  const jobs = `from bullmq.job where queue = 'bench'`;
  return {
    ...postgresLedger(client, {
      waiting: `select count(*)::int as count ${jobs} and state = 'waiting'`,
      last: `select ${jobs} and state = 'waiting' order by queue desc, priority desc, seq desc limit 1`,
      running: `select ${jobs} and state = 'active'`,
    }),
    async verify(count) {
      const { rows } = await client.query<{ result: unknown }>(
        `select return_value as result ${jobs} and state = 'completed'`,
      );
      verifyResults(
        rows.map(({ result }) => result),
        count,
      );
    },
  };
}
