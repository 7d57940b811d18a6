import { echo, mark } from '../clock.js';
import { boss, queue } from './boss.js';

const each = process.env.BENCH_RESULTS === 'each';
await boss.work(
  queue,
  { batchSize: Number(process.env.BENCH_BATCH), burstWhenBatchFull: true, perJobResults: each },
  async (jobs) => {
    const outcomes = jobs.map(({ id, data }) => ({ id, status: 'completed', output: echo(data) }));
    return each ? outcomes : undefined;
  },
);
mark('ready');
