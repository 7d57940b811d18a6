import { defineWorker } from 'plainjob';
import { echo, mark } from '../clock.js';
import { logger, queue } from './queue.js';

// plainjob keeps no results: it marks the job done. Its row stays with its data, and that is checked.
const worker = defineWorker('echo', async (job) => void echo(JSON.parse(job.data)), {
  queue,
  logger,
  pollIntervall: 10,
});
mark('ready');
await worker.start();
