// `npm run bench`: Lovage beside Celery, BullMQ, celery.node and plainjob, on this machine, in one run.
import { installPeers } from './install.ts';
import { readOptions, usage } from './options.ts';

try {
  const options = readOptions(process.argv.slice(2));
  installPeers();
  const { bench } = await import('./bench.ts'); // it imports what was only just installed
  process.exitCode = await bench(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 2;
}
