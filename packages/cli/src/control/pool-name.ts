import { isRecord } from '../records.ts';

/** The kind of pool that `stats` describes. Celery names it since 5.6; before, it shows in what is counted. */
export function poolName(pool: unknown): string | undefined {
  if (!isRecord(pool)) return undefined;
  const { implementation } = pool;
  // 'celery.concurrency.prefork:TaskPool', or a plain name.
  if (typeof implementation === 'string') return /([^.:]+)(:[^:]*)?$/.exec(implementation)?.[1];
  if ('writes' in pool) return 'prefork';
  if ('threads' in pool) return 'threads';
  if ('free-threads' in pool) return 'green threads';
  return pool['max-concurrency'] === 1 && 'processes' in pool ? 'solo' : undefined;
}
