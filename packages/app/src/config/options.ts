/** Every setting of Celery and of Lovage, as data. The types, checks, names and reference page all come from here. */

import type { Queues, QueuesInput, Routes, RoutesInput } from '../call/routes.ts';
import { readQueues, readRoutes } from '../call/routes.ts';
import type { Annotations, AnnotationsInput } from '../task/annotations.ts';
import { readAnnotations } from '../task/annotations.ts';
import type { RetryPolicy } from './checked-values.ts';
import {
  DEFAULT_RETRY_POLICY,
  readAcceptContent,
  readCompression,
  readRateLimit,
  readRetryPolicy,
  readTimezone,
} from './checked-values.ts';
import {
  boolean,
  checked,
  choice,
  dict,
  integer,
  listFrom,
  nullAs,
  orNull,
  orUndefined,
  seconds,
  text,
  texts,
} from './kinds.ts';
import type { Setting } from './setting.ts';
import { built, celeryOnly } from './setting.ts';

const BEAT = 'periodic tasks come with a later version';
const AMQP = 'exchanges other than the one of each queue come with a later version';
const inTransport = (option: string): string => `on RabbitMQ give ${option} in brokerTransportOptions`;
const COUNTED = 'the store counts the parts of a chord: nothing is polled or joined';
const CONTROL = 'remote control keeps Celery’s names; its queues can be set up when RabbitMQ comes';
const EVENTS =
  'events keep Celery’s names and go to whoever listens, through no queue; it matters when RabbitMQ comes';
const RECONNECTS =
  'Lovage reconnects for as long as it takes, and a call gives up after lovagePublishTimeout';
const IN_BROKER_URL = 'give it in brokerUrl: redis://user:password@host:port/0';
const IN_RESULT_URL = 'give it in resultBackend: redis://user:password@host:port/0';
const LOGGING = 'set lovageLogFormat to text or json, or give AppOptions.logger';
const NO_BACKEND = 'there is no driver for that result backend';
const PYTHON_CLASS = 'it names a Python class';
const SHUTDOWN = 'a warm shutdown waits for running tasks as long as its grace allows';
const SIGNING = 'signed messages come with a later version';
const IN_SQL_URL = 'give it in resultBackend: db+postgresql://user:password@host/database';
const SQL_TABLES =
  'the tables have Celery’s names, in the schema that search_path says: ?options=-csearch_path%3Dname';

export const OPTIONS = {
  // What Lovage acts upon.
  acceptContent: built(
    checked('a list of content types', readAcceptContent, listFrom),
    ['json'],
    'Content types that are read: json, yaml. Anything else is refused unread; pickle always is.',
    { old: 'CELERY_ACCEPT_CONTENT' },
  ),
  brokerConnectionTimeout: built(
    seconds,
    4,
    'How long a driver tries to reach its service before a call fails.',
    { unit: 's' },
  ),
  brokerTransportOptions: built(
    dict,
    {},
    'Options for the driver of the broker, such as global_keyprefix, sentinel or TLS.',
  ),
  brokerUrl: built(
    text,
    'sqlite:///.lovage/lovage.db',
    'Where messages wait: sqlite:///path, redis://host:port/db, memory://.',
  ),
  imports: built(texts, [], 'Modules to import when a worker starts: paths, or names of packages.', {
    old: 'CELERY_IMPORTS',
  }),
  include: built(texts, [], 'The same, for modules named when the app is made.', { old: 'CELERY_INCLUDE' }),
  resultBackend: built(
    orUndefined(orNull(text)),
    undefined,
    'Where results are kept. Null or disabled:// turns results off.',
    { old: 'CELERY_RESULT_BACKEND', shownDefault: "the broker's own store, where it can keep results" },
  ),
  resultBackendTransportOptions: built(dict, {}, 'Options for the driver of the result backend.', {
    old: 'CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS',
  }),
  resultChordJoinTimeout: built(
    seconds,
    3,
    "How long results may take where Celery's client keeps a chord's header as a group, because there are groups in it.",
    { unit: 's', old: 'CELERY_RESULT_CHORD_JOIN_TIMEOUT' },
  ),
  resultExpires: built(orNull(seconds), 86_400, 'How long a result is kept; null keeps it for ever.', {
    unit: 's',
    old: 'CELERY_TASK_RESULT_EXPIRES',
  }),
  resultExtended: built(
    boolean,
    false,
    "Keep the task's name, arguments, worker, retries and queue with its result.",
    { old: 'CELERY_RESULT_EXTENDED' },
  ),
  resultSerializer: built(choice('json'), 'json', 'How results are written.', {
    old: 'CELERY_RESULT_SERIALIZER',
  }),
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

  // What Lovage adds.
  lovageJsonTyped: built(
    boolean,
    true,
    'Write dates and bytes as kombu 5.3 and later do, so that they arrive as such. False writes ISO texts, for workers of Celery 5.2; bytes are then refused.',
  ),
  lovageDjangoDatabaseUrl: built(
    orNull(text),
    null,
    "Where Django's tables are when resultBackend is django-db alone: postgresql://user:password@host/database.",
    { shownDefault: 'DATABASE_URL of the environment' },
  ),
  lovageDeadLetters: built(
    boolean,
    true,
    'Keep what failed after its last retry or was rejected, to be looked at and sent again; the option deadLetter of a task wins.',
  ),
  lovageDeadLettersExpires: built(
    orNull(seconds),
    2_592_000,
    'How long dead letters are kept, those in quarantine too; null or 0: until others need the room.',
    { unit: 's' },
  ),
  lovageDeadLettersMax: built(integer(1), 10_000, 'How many dead letters are kept; the oldest make room.'),
  lovageLeaseSeconds: built(
    integer(1),
    30,
    "How long a worker's claim lasts without renewal: a dead worker's messages are back after this.",
    { unit: 's' },
  ),
  lovageLockUrl: built(
    orNull(text),
    null,
    'Where locks of withLock are kept, when it is neither the store of the messages nor that of the results.',
    { shownDefault: 'the broker, else the result backend' },
  ),
  lovageLogFile: built(
    orNull(text),
    null,
    'File that log lines are appended to; null: standard error. %I is the number of a pool process after a dash, and nothing in the worker itself.',
  ),
  lovageLogFormat: built(
    choice('text', 'json'),
    'text',
    "Log lines in Celery's form, or one JSON object each.",
  ),
  lovageLogLevel: built(
    choice('debug', 'info', 'warn', 'error', 'silent'),
    'warn',
    'The lightest log line that is written; silent writes none.',
  ),
  lovageMaxDeliveries: built(integer(1), 3, 'A task whose worker died this often fails for good.'),
  lovageChordRepairSeconds: built(
    integer(1),
    60,
    'How often a worker looks for chords that a crash left behind: a part that ended and was not counted, a body that was not sent.',
    { unit: 's' },
  ),
  lovageMaxMessageBytes: built(
    integer(1024),
    64 * 1024 * 1024,
    'The largest body that is read, after decompression.',
    { unit: 'bytes' },
  ),
  lovagePublishTimeout: built(
    seconds,
    5,
    'A call that the broker has not taken by then is rejected with OperationalError.',
    { unit: 's' },
  ),
  lovageQuarantineMax: built(
    integer(1),
    10_000,
    'How many messages the quarantine keeps; the oldest make room.',
  ),

  // What Celery has and this version has not. Only values that change nothing are taken.
  beatCronStartingDeadline: celeryOnly(null, BEAT, { old: 'CELERYBEAT_CRON_STARTING_DEADLINE' }),
  beatMaxLoopInterval: celeryOnly(0, BEAT, { old: 'CELERYBEAT_MAX_LOOP_INTERVAL' }),
  beatSchedule: celeryOnly({}, BEAT, { old: 'CELERYBEAT_SCHEDULE' }),
  beatScheduleFilename: celeryOnly('celerybeat-schedule', BEAT, { old: 'CELERYBEAT_SCHEDULE_FILENAME' }),
  beatScheduler: celeryOnly('celery.beat:PersistentScheduler', BEAT, { old: 'CELERYBEAT_SCHEDULER' }),
  beatSyncEvery: celeryOnly(0, BEAT, { old: 'CELERYBEAT_SYNC_EVERY' }),
  brokerChannelErrorRetry: celeryOnly(false, RECONNECTS, { same: [true] }),
  brokerConnectionMaxRetries: celeryOnly(100, RECONNECTS, { same: [null] }),
  brokerConnectionRetry: celeryOnly(true, RECONNECTS),
  brokerConnectionRetryOnStartup: celeryOnly(null, RECONNECTS, { same: [true] }),
  brokerFailoverStrategy: celeryOnly(null, 'Lovage knows one broker; let Sentinel or a proxy fail over'),
  brokerHeartbeat: celeryOnly(120, inTransport('heartbeat')),
  brokerHeartbeatCheckrate: celeryOnly(3, 'the heart of a connection is watched all the time'),
  brokerHost: celeryOnly(null, IN_BROKER_URL),
  brokerLoginMethod: celeryOnly(null, 'RabbitMQ is logged in to with PLAIN', { same: ['PLAIN'] }),
  brokerNativeDelayedDeliveryQueueType: celeryOnly('quorum', inTransport('delayed_queue_type')),
  brokerPassword: celeryOnly(null, IN_BROKER_URL),
  brokerPoolLimit: celeryOnly(
    10,
    'an app shares its few connections among all calls, so there is no pool to limit',
  ),
  brokerPort: celeryOnly(null, IN_BROKER_URL),
  brokerReadUrl: celeryOnly(null, 'one URL serves reading and writing: give brokerUrl'),
  brokerTransport: celeryOnly(null, IN_BROKER_URL),
  brokerUseSsl: celeryOnly(false, 'give a rediss:// URL, and certificates in brokerTransportOptions'),
  brokerUser: celeryOnly(null, IN_BROKER_URL),
  brokerVhost: celeryOnly(null, IN_BROKER_URL),
  brokerWriteUrl: celeryOnly(null, 'one URL serves reading and writing: give brokerUrl'),
  cacheBackend: celeryOnly(null, NO_BACKEND, { old: 'CELERY_CACHE_BACKEND' }),
  cacheBackendOptions: celeryOnly({}, NO_BACKEND, { old: 'CELERY_CACHE_BACKEND_OPTIONS' }),
  controlExchange: celeryOnly('celery', CONTROL),
  controlQueueDurable: celeryOnly(false, CONTROL),
  controlQueueExclusive: celeryOnly(false, CONTROL),
  controlQueueExpires: celeryOnly(10, CONTROL),
  controlQueueTtl: celeryOnly(300, CONTROL),
  databaseCreateTablesAtSetup: celeryOnly(true, 'tables that are missing are made with the first use'),
  databaseEngineOptions: celeryOnly(null, 'give pool_size in the URL; other options are SQLAlchemy’s', {
    old: 'CELERY_RESULT_ENGINE_OPTIONS',
  }),
  databaseShortLivedSessions: celeryOnly(
    false,
    'a connection is kept for a statement or a transaction only',
    { old: 'CELERY_RESULT_DB_SHORT_LIVED_SESSIONS' },
  ),
  databaseTableNames: celeryOnly(null, SQL_TABLES, { old: 'CELERY_RESULT_DB_TABLENAMES' }),
  databaseTableSchemas: celeryOnly(null, SQL_TABLES),
  databaseUrl: celeryOnly(null, IN_SQL_URL, { old: 'CELERY_RESULT_DBURI' }),
  enableUtc: celeryOnly(true, 'every time on the wire is UTC; set timezone for times without offset'),
  eventExchange: celeryOnly('celeryev', EVENTS, { old: 'CELERY_EVENT_EXCHANGE' }),
  eventQueueDurable: celeryOnly(false, EVENTS, { old: 'CELERY_EVENT_QUEUE_DURABLE' }),
  eventQueueExclusive: celeryOnly(false, EVENTS, { old: 'CELERY_EVENT_QUEUE_EXCLUSIVE' }),
  eventQueueExpires: celeryOnly(60, EVENTS, { old: 'CELERY_EVENT_QUEUE_EXPIRES' }),
  eventQueuePrefix: celeryOnly('celeryev', EVENTS, { old: 'CELERY_EVENT_QUEUE_PREFIX' }),
  eventQueueTtl: celeryOnly(5, EVENTS, { old: 'CELERY_EVENT_QUEUE_TTL' }),
  eventSerializer: celeryOnly('json', 'events are JSON', { old: 'CELERY_EVENT_SERIALIZER' }),
  redisBackendUseSsl: celeryOnly(
    null,
    'give a rediss:// URL, and certificates in resultBackendTransportOptions',
    { old: 'CELERY_REDIS_BACKEND_USE_SSL' },
  ),
  redisDb: celeryOnly(null, IN_RESULT_URL, { old: 'CELERY_REDIS_DB' }),
  redisHost: celeryOnly(null, IN_RESULT_URL, { old: 'CELERY_REDIS_HOST' }),
  redisMaxConnections: celeryOnly(null, 'an app uses two connections for results, however many wait', {
    old: 'CELERY_REDIS_MAX_CONNECTIONS',
  }),
  redisPassword: celeryOnly(null, IN_RESULT_URL, { old: 'CELERY_REDIS_PASSWORD' }),
  redisPort: celeryOnly(null, IN_RESULT_URL, { old: 'CELERY_REDIS_PORT' }),
  redisRetryOnTimeout: celeryOnly(false, RECONNECTS, { same: [true], old: 'CELERY_REDIS_RETRY_ON_TIMEOUT' }),
  redisSocketConnectTimeout: celeryOnly(null, IN_RESULT_URL, { old: 'CELERY_REDIS_SOCKET_CONNECT_TIMEOUT' }),
  redisSocketKeepalive: celeryOnly(false, IN_RESULT_URL, { old: 'CELERY_REDIS_SOCKET_KEEPALIVE' }),
  redisSocketTimeout: celeryOnly(120, IN_RESULT_URL, { old: 'CELERY_REDIS_SOCKET_TIMEOUT' }),
  redisUsername: celeryOnly(null, IN_RESULT_URL, { old: 'CELERY_REDIS_USERNAME' }),
  resultAcceptContent: celeryOnly(null, 'results are JSON', { same: [['json']] }),
  resultBackendAlwaysRetry: celeryOnly(false, RECONNECTS, {
    same: [true],
    old: 'CELERY_RESULT_BACKEND_ALWAYS_RETRY',
  }),
  resultBackendBaseSleepBetweenRetriesMs: celeryOnly(10, RECONNECTS, {
    old: 'CELERY_RESULT_BACKEND_BASE_SLEEP_BETWEEN_RETRIES_MS',
  }),
  resultBackendMaxRetries: celeryOnly(Infinity, RECONNECTS, { old: 'CELERY_RESULT_BACKEND_MAX_RETRIES' }),
  resultBackendMaxSleepBetweenRetriesMs: celeryOnly(10000, RECONNECTS, {
    old: 'CELERY_RESULT_BACKEND_MAX_SLEEP_BETWEEN_RETRIES_MS',
  }),
  resultCacheMax: celeryOnly(-1, 'no result is cached by the app: an AsyncResult keeps its own', {
    old: 'CELERY_MAX_CACHED_RESULTS',
  }),
  resultChordRetryInterval: celeryOnly(1, COUNTED, { old: 'CELERY_RESULT_CHORD_RETRY_INTERVAL' }),
  resultCompression: celeryOnly(null, 'results are stored as they are', { old: 'CELERY_RESULT_COMPRESSION' }),
  resultExchange: celeryOnly('celeryresults', AMQP, { old: 'CELERY_RESULT_EXCHANGE' }),
  resultExchangeType: celeryOnly('direct', AMQP, { old: 'CELERY_RESULT_EXCHANGE_TYPE' }),
  resultPersistent: celeryOnly(null, AMQP, { old: 'CELERY_RESULT_PERSISTENT' }),
  securityCertStore: celeryOnly(null, SIGNING, { old: 'CELERY_SECURITY_CERT_STORE' }),
  securityCertificate: celeryOnly(null, SIGNING, { old: 'CELERY_SECURITY_CERTIFICATE' }),
  securityDigest: celeryOnly('sha256', SIGNING, { old: 'CELERY_SECURITY_DIGEST' }),
  securityKey: celeryOnly(null, SIGNING, { old: 'CELERY_SECURITY_KEY' }),
  securityKeyPassword: celeryOnly(null, SIGNING, { old: 'CELERY_SECURITY_KEY_PASSWORD' }),
  taskCreateMissingQueueExchangeType: celeryOnly(null, AMQP, {
    old: 'CELERY_CREATE_MISSING_QUEUE_EXCHANGE_TYPE',
  }),
  taskCreateMissingQueueType: celeryOnly('classic', inTransport('queue_type'), {
    old: 'CELERY_CREATE_MISSING_QUEUE_TYPE',
  }),
  taskDefaultDeliveryMode: celeryOnly(2, 'every message is durable', {
    same: ['persistent'],
    old: 'CELERY_DEFAULT_DELIVERY_MODE',
  }),
  taskDefaultExchange: celeryOnly(null, AMQP, { old: 'CELERY_DEFAULT_EXCHANGE' }),
  taskDefaultExchangeType: celeryOnly('direct', AMQP, { old: 'CELERY_DEFAULT_EXCHANGE_TYPE' }),
  taskDefaultQueueType: celeryOnly('classic', inTransport('queue_type'), {
    old: 'CELERY_DEFAULT_QUEUE_TYPE',
  }),
  taskDefaultRoutingKey: celeryOnly(null, AMQP, { old: 'CELERY_DEFAULT_ROUTING_KEY' }),
  taskProtocol: celeryOnly(2, 'messages are sent in protocol 2 and read in both', {
    old: 'CELERY_TASK_PROTOCOL',
  }),
  taskQueueMaxPriority: celeryOnly(null, inTransport('queue_max_priority'), {
    old: 'CELERY_QUEUE_MAX_PRIORITY',
  }),
  taskRemoteTracebacks: celeryOnly(false, 'a traceback arrives as text, in TaskError.traceback', {
    old: 'CELERY_REMOTE_TRACEBACKS',
  }),
  workerAgent: celeryOnly(null, 'there is no agent', { old: 'CELERYD_AGENT' }),
  workerAutoscaler: celeryOnly(
    'celery.worker.autoscale:Autoscaler',
    'autoscaling comes with a later version',
    { old: 'CELERYD_AUTOSCALER' },
  ),
  workerCancelLongRunningTasksOnConnectionLoss: celeryOnly(
    false,
    'a task whose lease is lost is asked to stop through self.signal',
    { old: 'CELERYD_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS' },
  ),
  workerConsumer: celeryOnly('celery.worker.consumer:Consumer', PYTHON_CLASS, { old: 'CELERYD_CONSUMER' }),
  workerDeduplicateSuccessfulTasks: celeryOnly(false, 'comes with a later version', {
    old: 'CELERYD_DEDUPLICATE_SUCCESSFUL_TASKS',
  }),
  workerDetectQuorumQueues: celeryOnly(true, 'queues of every type are consumed alike', {
    old: 'CELERYD_DETECT_QUORUM_QUEUES',
  }),
  workerDirect: celeryOnly(false, 'give the worker a queue of its own with -Q', {
    old: 'CELERY_WORKER_DIRECT',
  }),
  workerEnablePrefetchCountReduction: celeryOnly(true, 'claims follow the free slots', {
    old: 'CELERYD_ENABLE_PREFETCH_COUNT_REDUCTION',
  }),
  workerEnableSoftShutdownOnIdle: celeryOnly(false, SHUTDOWN, {
    old: 'CELERYD_ENABLE_SOFT_SHUTDOWN_ON_IDLE',
  }),
  workerEtaTaskLimit: celeryOnly(null, 'tasks that are not due wait in the broker, not in the worker', {
    old: 'CELERYD_ETA_TASK_LIMIT',
  }),
  workerHijackRootLogger: celeryOnly(true, 'there is no root logger: give AppOptions.logger', {
    same: [false],
    old: 'CELERYD_HIJACK_ROOT_LOGGER',
  }),
  workerLogColor: celeryOnly(null, LOGGING, { same: [false], old: 'CELERYD_LOG_COLOR' }),
  workerLogFormat: celeryOnly('[%(asctime)s: %(levelname)s/%(processName)s] %(message)s', LOGGING, {
    old: 'CELERYD_LOG_FORMAT',
  }),
  workerLostWait: celeryOnly(10, 'a lost child is noticed at once', { old: 'CELERYD_WORKER_LOST_WAIT' }),
  workerPoolPutlocks: celeryOnly(true, 'a child is given a task only when it is free', {
    old: 'CELERYD_POOL_PUTLOCKS',
  }),
  workerProcAliveTimeout: celeryOnly(4, 'a worker waits for its children to be ready as long as they take', {
    old: 'CELERYD_PROC_ALIVE_TIMEOUT',
  }),
  workerRedirectStdouts: celeryOnly(true, 'what tasks print goes where the process prints', {
    same: [false],
    old: 'CELERY_REDIRECT_STDOUTS',
  }),
  workerRedirectStdoutsLevel: celeryOnly('WARNING', 'what tasks print goes where the process prints', {
    old: 'CELERY_REDIRECT_STDOUTS_LEVEL',
  }),
  workerTaskLogFormat: celeryOnly(
    '[%(asctime)s: %(levelname)s/%(processName)s] %(task_name)s[%(task_id)s]: %(message)s',
    LOGGING,
    { old: 'CELERYD_TASK_LOG_FORMAT' },
  ),
  workerTimer: celeryOnly(null, PYTHON_CLASS, { old: 'CELERYD_TIMER' }),
  workerTimerPrecision: celeryOnly(1, 'nothing waits in a timer of the worker', {
    old: 'CELERYD_TIMER_PRECISION',
  }),
  arangodbBackendSettings: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ARANGODB_BACKEND_SETTINGS' }),
  azureblockblobBasePath: celeryOnly('', NO_BACKEND),
  azureblockblobConnectionTimeout: celeryOnly(20, NO_BACKEND),
  azureblockblobContainerName: celeryOnly('celery', NO_BACKEND),
  azureblockblobReadTimeout: celeryOnly(120, NO_BACKEND),
  azureblockblobRetryIncrementBase: celeryOnly(2, NO_BACKEND),
  azureblockblobRetryInitialBackoffSec: celeryOnly(2, NO_BACKEND),
  azureblockblobRetryMaxAttempts: celeryOnly(3, NO_BACKEND),
  cassandraAuthKwargs: celeryOnly(null, NO_BACKEND),
  cassandraAuthProvider: celeryOnly(null, NO_BACKEND),
  cassandraBundlePath: celeryOnly(null, NO_BACKEND),
  cassandraEntryTtl: celeryOnly(null, NO_BACKEND),
  cassandraKeyspace: celeryOnly(null, NO_BACKEND),
  cassandraOptions: celeryOnly({}, NO_BACKEND),
  cassandraPort: celeryOnly(null, NO_BACKEND),
  cassandraReadConsistency: celeryOnly(null, NO_BACKEND),
  cassandraServers: celeryOnly(null, NO_BACKEND),
  cassandraTable: celeryOnly(null, NO_BACKEND),
  cassandraWriteConsistency: celeryOnly(null, NO_BACKEND),
  cosmosdbsqlCollectionName: celeryOnly('celerycol', NO_BACKEND),
  cosmosdbsqlConsistencyLevel: celeryOnly('Session', NO_BACKEND),
  cosmosdbsqlDatabaseName: celeryOnly('celerydb', NO_BACKEND),
  cosmosdbsqlMaxRetryAttempts: celeryOnly(9, NO_BACKEND),
  cosmosdbsqlMaxRetryWaitTime: celeryOnly(30, NO_BACKEND),
  couchbaseBackendSettings: celeryOnly(null, NO_BACKEND, { old: 'CELERY_COUCHBASE_BACKEND_SETTINGS' }),
  elasticsearchMaxRetries: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ELASTICSEARCH_MAX_RETRIES' }),
  elasticsearchRetryOnTimeout: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ELASTICSEARCH_RETRY_ON_TIMEOUT' }),
  elasticsearchSaveMetaAsText: celeryOnly(true, NO_BACKEND, {
    old: 'CELERY_ELASTICSEARCH_SAVE_META_AS_TEXT',
  }),
  elasticsearchTimeout: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ELASTICSEARCH_TIMEOUT' }),
  gcsBasePath: celeryOnly('', NO_BACKEND),
  gcsBucket: celeryOnly(null, NO_BACKEND),
  gcsProject: celeryOnly(null, NO_BACKEND),
  gcsTtl: celeryOnly(0, NO_BACKEND),
  mongodbBackendSettings: celeryOnly(null, NO_BACKEND, { old: 'CELERY_MONGODB_BACKEND_SETTINGS' }),
  s3AccessKeyId: celeryOnly(null, NO_BACKEND),
  s3BasePath: celeryOnly(null, NO_BACKEND),
  s3Bucket: celeryOnly(null, NO_BACKEND),
  s3EndpointUrl: celeryOnly(null, NO_BACKEND),
  s3Region: celeryOnly(null, NO_BACKEND),
  s3SecretAccessKey: celeryOnly(null, NO_BACKEND),
} as const satisfies Readonly<Record<string, Setting>>;

/** The name of a setting, in camelCase. */
export type SettingName = keyof typeof OPTIONS;
