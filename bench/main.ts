// `npm run bench`: Lovage beside Celery, BullMQ, celery.node, graphile-worker, pg-boss and plainjob, on this machine, in one run.
import { installPeers } from './install.ts';
import { type Options, readOptions, usage } from './options.ts';

const options = understood();
if (options === undefined) {
  process.exitCode = 2;
} else {
  installPeers();
  const { bench } = await import('./bench.ts'); // it imports what was only just installed
  process.exitCode = await bench(options);
}

function understood(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return undefined;
  }
}
