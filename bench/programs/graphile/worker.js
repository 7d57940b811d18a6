import { run } from 'graphile-worker';
import { echo, mark } from '../clock.js';
import { options } from './options.js';

const tuned = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
await run({
  ...options,
  preset: {
    worker: {
      concurrentJobs: Number(process.env.BENCH_CONCURRENCY),
      ...(process.env.BENCH_TUNED ? tuned : {}),
    },
  },
  noHandleSignals: true,
  taskList: { echo: async (data) => void echo(data) },
});
mark('ready');
