/** The same: tasks and workers. */

import type { Setting } from '../../setting.ts';
import { celeryOnly } from '../../setting.ts';

const AMQP = 'exchanges other than the one of each queue come with a later version';
const inTransport = (option: string): string => `on RabbitMQ give ${option} in brokerTransportOptions`;
const LOGGING = 'set lovageLogFormat to text or json, or give AppOptions.logger';
const PYTHON_CLASS = 'it names a Python class';
const SHUTDOWN = 'a warm shutdown waits for running tasks as long as its grace allows';
const SIGNING = 'signed messages come with a later version';

export const TASKS_NOT_HERE = {
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
} as const satisfies Readonly<Record<string, Setting>>;
