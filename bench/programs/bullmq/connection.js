import { createPostgresBackend, Queue, Worker, withBackend } from 'bullmq';

export const queueName = 'bench';
const url = new URL(process.env.BENCH_URL);

/** Its queues and workers on the store of BENCH_URL: on Redis as they are, on PostgreSQL with the backend for it. */
export const onStore = url.protocol === 'redis:' ? { Queue, Worker } : withBackend(createPostgresBackend);

/** On Redis, the connection that its workers ask for. */
export const connection =
  url.protocol === 'redis:'
    ? { host: url.hostname, port: Number(url.port), maxRetriesPerRequest: null }
    : { connectionString: url.href, migrate: true };
