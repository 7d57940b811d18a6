/** What Celery has and Lovage has not: brokers, control, events, results. Only values that change nothing are taken. */

import type { Setting } from '../../setting.ts';
import { celeryOnly } from '../../setting.ts';

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
const NO_BACKEND = 'there is no driver for that result backend';
const IN_SQL_URL = 'give it in resultBackend: db+postgresql://user:password@host/database';
const SQL_TABLES =
  'the tables have Celery’s names, in the schema that search_path says: ?options=-csearch_path%3Dname';

export const STORES_NOT_HERE = {
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
} as const satisfies Readonly<Record<string, Setting>>;
