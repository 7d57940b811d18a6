import type { Redis } from 'ioredis';
import type { Ledger } from './system.ts';
import { verifyResults } from './verify.ts';

const queue = 'celery';
const resultKeys = 'celery-task-meta-*';

/** Celery's layout on Redis, which Lovage and celery.node share. */
export function celeryLedger(redis: Redis): Ledger {
  return {
    everyMs: 5,
    waiting: () => redis.llen(queue),
    async finished(count) {
      const [waiting, claimed, keys] = await Promise.all([
        redis.llen(queue),
        redis.hlen('unacked'),
        redis.dbsize(),
      ]);
      return waiting === 0 && claimed === 0 && keys >= count;
    },
    // Celery's workers take them all and hold them, unacknowledged.
    async parked(count) {
      const [waiting, claimed] = await Promise.all([redis.llen(queue), redis.hlen('unacked')]);
      return waiting === 0 && claimed === count;
    },
    results: () => results(redis),
    async verify(count) {
      verifyResults(await results(redis), count);
    },
  };
}

async function results(redis: Redis): Promise<unknown[]> {
  const found: unknown[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', resultKeys, 'COUNT', 5000);
    cursor = next;
    for (const text of keys.length === 0 ? [] : await redis.mget(keys)) {
      const meta = JSON.parse(text!);
      if (meta.status !== 'SUCCESS') throw new Error(`a task ended as ${meta.status}: ${text}`);
      found.push(meta.result);
    }
  } while (cursor !== '0');
  return found;
}
