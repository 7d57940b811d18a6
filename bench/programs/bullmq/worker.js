import { Worker } from 'bullmq';
import { echo, mark } from '../clock.js';
import { connection, queueName } from './connection.js';

const worker = new Worker(queueName, async (job) => echo(job.data), {
  connection,
  concurrency: Number(process.env.BENCH_CONCURRENCY),
});
await worker.waitUntilReady();
mark('ready');
