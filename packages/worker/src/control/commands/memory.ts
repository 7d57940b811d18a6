import { getHeapStatistics } from 'node:v8';
import { optionalCount } from '../arguments.ts';
import type { Command, CommandContext } from '../command.ts';
import { failed } from '../command.ts';
import { humanBytes } from '../memory-samples.ts';

const DEFAULT_SAMPLES = 10;

/** Looking for what fills the memory. */
export const memoryCommands: readonly Command[] = [
  {
    name: 'memsample',
    run: ({ samples }) => samples.add(process.memoryUsage.rss()),
  },
  {
    name: 'memdump',
    optional: ['samples'],
    run: (context, args) => memoryText(context, optionalCount(args, 'samples') ?? DEFAULT_SAMPLES),
  },
  {
    name: 'objgraph',
    optional: ['num', 'max_depth', 'type'],
    strict: true,
    // A heap snapshot instead would hold every secret of the process, and stop its leases for seconds.
    run: () =>
      failed('Node.js has no objgraph; start the worker with NODE_OPTIONS=--heapsnapshot-signal=SIGUSR2'),
  },
];

/** Celery's text, and below it what V8 knows of its heap. */
function memoryText({ samples }: CommandContext, most: number): string {
  const before = samples.take(most);
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const { heap_size_limit: heapLimit } = getHeapStatistics();
  return [
    ...(before.length > 0 ? ['- rss (sample):'] : []),
    ...before.map((sample) => `-    > ${sample},`),
    `- rss (end): ${humanBytes(rss)}.`,
    `- heap: ${humanBytes(heapUsed)} used of ${humanBytes(heapTotal)}, at most ${humanBytes(heapLimit)}.`,
    `- outside the heap: ${humanBytes(external)}, of which buffers ${humanBytes(arrayBuffers)}.`,
    '',
  ].join('\n');
}
