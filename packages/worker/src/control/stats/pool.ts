import type { PoolPanel } from '../panel.ts';

/** What Celery's pool of the same kind tells; monitors read its keys. */
export function poolStats(pool: PoolPanel): Readonly<Record<string, unknown>> {
  // Since 5.6 Celery names its pool; before, readers guessed it from the keys.
  const implementation = `lovage.pools.${pool.kind}:Pool`;
  switch (pool.kind) {
    case 'prefork':
      return {
        implementation,
        'max-concurrency': pool.size,
        processes: pool.pids,
        'max-tasks-per-child': pool.maxTasksPerChild ?? 'N/A',
        'put-guarded-by-semaphore': false,
        timeouts: timeouts(pool),
        writes: writes(pool),
      };
    case 'threads':
      return {
        implementation,
        'max-concurrency': pool.size,
        threads: pool.size,
        timeouts: timeouts(pool),
      };
    case 'async':
      return {
        implementation,
        'max-concurrency': pool.size,
        processes: pool.pids,
        'running-tasks': pool.busy,
        timeouts: timeouts(pool),
      };
    case 'solo':
      return {
        implementation,
        'max-concurrency': 1,
        processes: pool.pids,
        'max-tasks-per-child': null,
        'put-guarded-by-semaphore': true,
        timeouts: [],
      };
  }
}

/** Seconds, 0 for none. */
const timeouts = ({ timeouts: { softS, hardS } }: PoolPanel) => [softS, hardS];

/** How evenly the work went to the processes: those that have had none are left out, as in Celery. */
function writes({ writes: counts, pids }: PoolPanel) {
  const given = [...counts.values()].filter((count) => count > 0);
  const total = given.reduce((sum, count) => sum + count, 0);
  const share = (count: number) => (total === 0 ? 0 : count / total).toFixed(2);
  return {
    total,
    avg: share(given.length === 0 ? 0 : total / given.length),
    all: given.map(share).join(', '),
    raw: given.join(', '),
    strategy: 'fair',
    inqueues: { total: pids.length, active: 0 },
  };
}
