import type { Redis } from 'ioredis';
import { redisStore } from '../store.ts';
import { nodeProgram } from './node-program.ts';
import type { Ledger, System } from './system.ts';
import { verifyResults } from './verify.ts';

/** BullMQ as its guide has it: a Worker with `concurrency`, completed jobs kept with what they returned. */
export function bullmq(concurrency: number): System {
  return {
    fill: 'bulk',
    worker: () => nodeProgram('bullmq/worker.js', [], { BENCH_CONCURRENCY: String(concurrency) }),
    producer: (job) => nodeProgram('bullmq/producer.js', [JSON.stringify(job)]),
    async open() {
      const store = await redisStore();
      return {
        store,
        ledger: ledger(store.client),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
    },
  };
}

function ledger(redis: Redis): Ledger {
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
