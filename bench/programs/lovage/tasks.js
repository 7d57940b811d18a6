// The app that `lovage worker -A` loads and the producer calls.
import { Lovage } from 'lovage';
import * as work from '../clock.js';

export const app = new Lovage('bench', {
  brokerUrl: process.env.BENCH_URL,
  resultBackend: process.env.BENCH_RESULTS ?? process.env.BENCH_URL,
  taskAcksLate: true,
});

export const task = app.task('bench.echo', work.echo);
export const number = app.task('bench.number', work.number);
export const count = app.task('bench.count', work.count);

app.signals.workerReady.connect(() => work.mark('ready'));

export default app;
