/** What workers are like. */

import { boolean, choice, integer, orNull, seconds, text } from '../kinds.ts';
import type { Setting } from '../setting.ts';
import { built } from '../setting.ts';

export const WORKERS = {
  workerConcurrency: built(
    orNull(integer(1)),
    null,
    'Tasks a worker runs at once; null: the number of CPUs with prefork, 100 with async.',
    { old: 'CELERYD_CONCURRENCY' },
  ),
  workerDisablePrefetch: built(
    boolean,
    false,
    'Claim a message only when a slot is free for it, whatever workerPrefetchMultiplier says.',
    { old: 'CELERYD_DISABLE_PREFETCH' },
  ),
  workerDisableRateLimits: built(
    boolean,
    false,
    'Start tasks as fast as they come, whatever their rateLimit.',
    {
      old: 'CELERY_DISABLE_RATE_LIMITS',
    },
  ),
  workerEnableRemoteControl: built(boolean, true, 'Listen to what is asked of all workers, such as revoke.', {
    old: 'CELERY_ENABLE_REMOTE_CONTROL',
  }),
  workerPoolRestarts: built(
    boolean,
    false,
    'Let remote control replace the processes of the pool: pool_restart.',
    { old: 'CELERYD_POOL_RESTARTS' },
  ),
  workerMaxTasksPerChild: built(orNull(integer(1)), null, 'Replace a child process after this many tasks.', {
    old: 'CELERYD_MAX_TASKS_PER_CHILD',
  }),
  workerMaxMemoryPerChild: built(
    orNull(integer(1)),
    null,
    'Replace a child process whose resident memory is larger than this after a task.',
    { unit: 'KiB', old: 'CELERYD_MAX_MEMORY_PER_CHILD' },
  ),
  workerPool: built(
    choice('prefork', 'processes', 'threads', 'async', 'gevent', 'eventlet', 'solo'),
    'prefork',
    "The command line's pool: prefork (a process a task; also processes), threads (a thread a task), async (many tasks on one event loop; also gevent, eventlet) or solo (one task at a time).",
    { old: 'CELERYD_POOL' },
  ),
  workerPrefetchMultiplier: built(integer(0), 4, 'Messages claimed per slot; 0 sets no limit.', {
    old: 'CELERYD_PREFETCH_MULTIPLIER',
  }),
  workerSendTaskEvents: built(boolean, false, 'Workers send events of their tasks, for monitors.', {
    old: 'CELERY_SEND_EVENTS',
  }),
  workerSoftShutdownTimeout: built(
    seconds,
    0,
    'How long a cold shutdown waits for running tasks before it ends them.',
    { unit: 's', old: 'CELERYD_SOFT_SHUTDOWN_TIMEOUT' },
  ),
  workerStateDb: built(
    orNull(text),
    null,
    'File in which a worker keeps revoked tasks and its logical clock from one run to the next.',
    { old: 'CELERYD_STATE_DB' },
  ),
} as const satisfies Readonly<Record<string, Setting>>;
