import celery from 'celery-node';
import { echo, mark } from '../clock.js';

// It writes two lines a task with no setting against it; the others run without a log, so does it.
console.info = () => {};

const worker = celery.createWorker(process.env.BENCH_URL, process.env.BENCH_URL);
worker.register('bench.echo', (argument) => echo(argument));
await worker.isReady();
mark('ready');
await worker.start();
