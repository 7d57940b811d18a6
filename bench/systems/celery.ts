import { python } from '../python.ts';
import { redisStore } from '../store.ts';
import { celeryLedger } from './celery-ledger.ts';
import { programPath } from './node-program.ts';
import type { System } from './system.ts';

export interface CeleryOptions {
  readonly pool: 'prefork' | 'threads';
  readonly concurrency: number;
  /** worker_prefetch_multiplier; Celery's default is 4. */
  readonly multiplier?: number;
}

/** Python's Celery, its worker as its command line starts it, late acks as for everyone. */
export function celery({ pool, concurrency, multiplier = 4 }: CeleryOptions): System {
  const cwd = programPath('celery');
  const worker = ['-m', 'celery', '-A', 'bench_app', 'worker', '-l', 'WARNING', '-P', pool];
  worker.push('-c', String(concurrency), '--prefetch-multiplier', String(multiplier));
  return {
    fill: 'bulk',
    worker: () => ({ file: python(), args: worker, cwd }),
    producer: (job) => ({ file: python(), args: ['produce.py', JSON.stringify(job)], cwd }),
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
