import { startRabbitmq } from '../../tools/services.ts';
import { python } from '../python.ts';
import { redisStore } from '../store.ts';
import { celeryLedger } from './celery-ledger.ts';
import { lovage } from './lovage.ts';
import { nodeProgram, programPath } from './node-program.ts';
import type { Ledger, OpenStore, System } from './system.ts';

/** Who has a message, a result of it or neither. */
type Keeps = 'results' | 'nothing';

/** Messages in a private RabbitMQ, results in a private Redis; both are new for each measurement. */
async function open(keeps: Keeps): Promise<OpenStore> {
  await using opened = new AsyncDisposableStack();
  const rabbitmq = opened.use(await startRabbitmq({ control: true }));
  const redis = opened.use(await redisStore());
  const results = celeryLedger(redis.client);
  const queue = async () =>
    (await rabbitmq.queues(rabbitmq.url)).get('celery') ?? { ready: 0, unacknowledged: 0 };
  const ledger: Ledger = {
    everyMs: 20,
    waiting: async () => (await queue()).ready,
    async finished(count) {
      const { ready, unacknowledged } = await queue();
      if (ready + unacknowledged > 0) return false;
      return keeps === 'nothing' || (await redis.client.dbsize()) >= count;
    },
    verify: async (count, idsFile) => {
      if (keeps === 'results') await results.verify(count, idsFile);
    },
  };
  const kept = opened.move();
  return {
    store: {
      url: rabbitmq.url,
      env: { BENCH_URL: rabbitmq.url, BENCH_RESULTS: redis.url },
      [Symbol.asyncDispose]: async () => {},
    },
    ledger,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export function lovageOnRabbitmq(): System {
  const ours = lovage({ store: 'rabbitmq', pool: 'async', concurrency: 100 });
  return { ...ours, open: () => open('results') };
}

/** Python's Celery; its producer asks for confirms, which it does not by itself. */
export function celeryOnRabbitmq(pool: 'prefork' | 'threads', concurrency: number): System {
  const cwd = programPath('celery');
  const worker = ['-m', 'celery', '-A', 'bench_app', 'worker', '-l', 'WARNING', '-P', pool];
  worker.push('-c', String(concurrency), '--prefetch-multiplier', '4');
  return {
    fill: 'bulk',
    worker: () => ({ file: python(), args: worker, cwd }),
    producer: (job) => ({ file: python(), args: ['produce.py', JSON.stringify(job)], cwd }),
    open: () => open('results'),
  };
}

/** The client of AMQP that ours stands on, and nothing above it. */
export function rawLoop(): System {
  return {
    fill: 'bulk',
    worker: () => nodeProgram('amqplib/worker.js'),
    producer: (job) => nodeProgram('amqplib/producer.js', [JSON.stringify(job)]),
    open: () => open('nothing'),
  };
}
