/**
 * Private servers for tests: each on a free port, in a folder of its own, gone with the process that started it.
 * `requireService` says whether a test can have one, and how to get it.
 */
export type { Authority } from './services/certificates.ts';
export { certificateAuthority } from './services/certificates.ts';
export { migrateDjango } from './services/django.ts';
export type { PgBouncer } from './services/pgbouncer.ts';
export { startPgBouncer } from './services/pgbouncer.ts';
export type { PostgresOptions, PostgresServer } from './services/postgres.ts';
export { kombuSchema, postgresSchema, startPostgres } from './services/postgres.ts';
export { postgresDatabase } from './services/postgres-database.ts';
export type { Proxy } from './services/proxy.ts';
export { startProxy } from './services/proxy.ts';
export type { QueueState, RabbitmqOptions, RabbitmqServer } from './services/rabbitmq.ts';
export { startRabbitmq } from './services/rabbitmq.ts';
export type { Answer, Received, Receiver } from './services/receiver.ts';
export { startReceiver } from './services/receiver.ts';
export type { RedisOptions, RedisServer, RestartOptions } from './services/redis.ts';
export { redisDatabase, startRedis } from './services/redis.ts';
export type { Service } from './services/require.ts';
export { PYTHON, requireService } from './services/require.ts';
export type { ReceivedMail, SmtpOptions, SmtpReceiver } from './services/smtp.ts';
export { startSmtp } from './services/smtp.ts';
