import { echo, mark } from '../clock.js';
import { connection, onStore, queueName } from './connection.js';

const worker = new onStore.Worker(queueName, async (job) => echo(job.data), {
  connection,
  concurrency: Number(process.env.BENCH_CONCURRENCY),
});
await worker.waitUntilReady();
mark('ready');
