import { redisStore } from '../store.ts';
import { celeryLedger } from './celery-ledger.ts';
import { nodeProgram } from './node-program.ts';
import type { System } from './system.ts';

/** celery.node: BRPOP one at a time, early acks (it has no late ones), no limit on tasks at a time. */
export function celeryNode(): System {
  return {
    fill: 'one',
    worker: () => nodeProgram('celery-node/worker.js'),
    producer: (job) => nodeProgram('celery-node/producer.js', [JSON.stringify(job)]),
    async open() {
      const store = await redisStore();
      return {
        store,
        ledger: celeryLedger(store.client),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
    },
  };
}
