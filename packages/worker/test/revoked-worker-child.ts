/** A program: a worker on the store at the URL it is given, until it is killed. Says 'ready' to its parent. */
import { App } from '@lovage/app';
import { Worker } from '@lovage/worker';

process.once('disconnect', () => process.exit(1));

const [url = ''] = process.argv.slice(2);
const app = new App('revoking', { environment: {}, brokerUrl: url, lovageLogLevel: 'silent' });
const worker = new Worker(app, { hostname: 'doomed@here', queues: ['elsewhere'] });
await worker.start();
process.send?.('ready');
