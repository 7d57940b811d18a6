// The app that `lovage worker -A` loads and the producer calls.
import { Lovage } from 'lovage';
import { echo, mark } from '../clock.js';

export const app = new Lovage('bench', {
  brokerUrl: process.env.BENCH_URL,
  resultBackend: process.env.BENCH_URL,
  taskAcksLate: true,
});

export const task = app.task('bench.echo', echo);

app.signals.workerReady.connect(() => mark('ready'));

export default app;
