/** What holds for tasks and their calls. */

import type { Queues, QueuesInput, Routes, RoutesInput } from '../../call/routes.ts';
import { readQueues, readRoutes } from '../../call/routes.ts';
import type { Annotations, AnnotationsInput } from '../../task/annotations.ts';
import { readAnnotations } from '../../task/annotations.ts';
import type { RetryPolicy } from '../checked-values.ts';
import {
  DEFAULT_RETRY_POLICY,
  readCompression,
  readRateLimit,
  readRetryPolicy,
  readTimezone,
} from '../checked-values.ts';
import { boolean, checked, choice, integer, nullAs, orNull, seconds, text } from '../kinds.ts';
import type { Setting } from '../setting.ts';
import { built } from '../setting.ts';

export const TASKS = {
  taskAcksLate: built(
    boolean,
    false,
    'Acknowledge a message after its task has ended, not before it starts: the task may then run twice after a crash.',
    { old: 'CELERY_ACKS_LATE' },
  ),
  taskAcksOnFailureOrTimeout: built(
    boolean,
    true,
    'With late acknowledgement: acknowledge failed and timed-out tasks too. False rejects them.',
    { old: 'CELERY_ACKS_ON_FAILURE_OR_TIMEOUT' },
  ),
  taskAllowErrorCbOnChordHeader: built(
    boolean,
    false,
    'What is called when a chord fails is called by each task of its header that fails too, not only by its body.',
    { old: 'CELERY_ALLOW_ERROR_CB_ON_CHORD_HEADER' },
  ),
  taskAlwaysEager: built(
    boolean,
    false,
    'Run each call at once, in the caller, without a broker. For tests.',
    { old: 'CELERY_ALWAYS_EAGER' },
  ),
  taskAnnotations: built(
    orNull(checked<NonNullable<Annotations>, AnnotationsInput>('task options by task name', readAnnotations)),
    null,
    "Options that override those of tasks, by task name; '*' is every task.",
    { old: 'CELERY_ANNOTATIONS' },
  ),
  taskCompression: built(
    orNull(checked('a compression', readCompression)),
    null,
    'Compress messages: gzip, zlib, bzip2, brotli, zstd.',
    { old: 'CELERY_MESSAGE_COMPRESSION' },
  ),
  taskCreateMissingQueues: built(
    boolean,
    true,
    'Take any queue name. False refuses those that taskQueues does not list.',
    { old: 'CELERY_CREATE_MISSING_QUEUES' },
  ),
  taskDefaultPriority: built(
    orNull(integer(0, 9)),
    null,
    'Priority of calls that give none: 0 to 9, the higher the sooner.',
    { old: 'CELERY_DEFAULT_PRIORITY' },
  ),
  taskDefaultQueue: built(text, 'celery', 'Queue of calls that no route, task or option sends elsewhere.', {
    old: 'CELERY_DEFAULT_QUEUE',
  }),
  taskDefaultRateLimit: built(
    orNull(checked('a rate', readRateLimit)),
    null,
    "The most tasks of one name that a worker starts in a time, where the task does not say: 10 or '10/s', '100/m', '5/h'.",
    { old: 'CELERY_DEFAULT_RATE_LIMIT' },
  ),
  taskEagerPropagates: built(boolean, false, "With eager calls: a task's error rejects the call itself.", {
    old: 'CELERY_EAGER_PROPAGATES_EXCEPTIONS',
  }),
  taskIgnoreResult: built(boolean, false, 'Keep no results, unless the task or the call says otherwise.', {
    old: 'CELERY_IGNORE_RESULT',
  }),
  taskInheritParentPriority: built(boolean, false, 'Calls made inside a task take its priority.', {
    old: 'CELERY_INHERIT_PARENT_PRIORITY',
  }),
  taskPublishRetry: built(boolean, true, 'Try again when the broker is away, within lovagePublishTimeout.', {
    old: 'CELERY_TASK_PUBLISH_RETRY',
  }),
  taskPublishRetryPolicy: built(
    checked<RetryPolicy, Partial<RetryPolicy>>('a retry policy', readRetryPolicy),
    DEFAULT_RETRY_POLICY,
    'How often and how soon to try again: maxRetries (null: until the timeout), intervalStart, intervalStep, intervalMax in seconds.',
    { old: 'CELERY_TASK_PUBLISH_RETRY_POLICY' },
  ),
  taskQueues: built(
    orNull(checked<NonNullable<Queues>, QueuesInput>('queues', readQueues)),
    null,
    'The queues there are, and those a worker consumes unless told otherwise: names, or { name, deadLetter }.',
    { old: 'CELERY_QUEUES' },
  ),
  taskRejectOnWorkerLost: built(
    nullAs(false, boolean),
    false,
    'With late acknowledgement: run a task again when its process dies, up to lovageMaxDeliveries times.',
    { old: 'CELERY_REJECT_ON_WORKER_LOST' },
  ),
  taskRoutes: built(
    orNull(checked<NonNullable<Routes>, RoutesInput>('routes', readRoutes)),
    null,
    'Which task goes to which queue: names, globs, regular expressions, functions. The first that matches counts.',
    { old: 'CELERY_ROUTES' },
  ),
  taskSendSentEvent: built(boolean, false, 'Send an event task-sent for every call, for monitors.', {
    old: 'CELERY_SEND_TASK_SENT_EVENT',
  }),
  taskSerializer: built(choice('json', 'yaml'), 'json', 'How messages are written.', {
    old: 'CELERY_TASK_SERIALIZER',
  }),
  taskSoftTimeLimit: built(
    orNull(seconds),
    null,
    'Tell a task to stop after this long: self.signal is aborted with SoftTimeLimitExceeded.',
    { unit: 's', old: 'CELERYD_TASK_SOFT_TIME_LIMIT' },
  ),
  taskStoreEagerResult: built(boolean, false, 'With eager calls: keep results in the result backend.', {
    old: 'CELERY_STORE_EAGER_RESULT',
  }),
  taskStoreErrorsEvenIfIgnored: built(boolean, false, 'Keep failures of tasks whose results are ignored.', {
    old: 'CELERY_STORE_ERRORS_EVEN_IF_IGNORED',
  }),
  taskTimeLimit: built(orNull(seconds), null, 'End a task from outside after this long.', {
    unit: 's',
    old: 'CELERYD_TASK_TIME_LIMIT',
  }),
  taskTrackStarted: built(boolean, false, 'Report the state STARTED.', { old: 'CELERY_TRACK_STARTED' }),
  timezone: built(
    nullAs(
      'UTC',
      checked('a time zone', readTimezone, (name) => name),
    ),
    'UTC',
    'IANA zone meant by an eta or expires that names no offset.',
    { old: 'CELERY_TIMEZONE' },
  ),
} as const satisfies Readonly<Record<string, Setting>>;
