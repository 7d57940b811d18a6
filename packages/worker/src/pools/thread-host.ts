/** The program of a pool's thread: loads one entry module, runs one job at a time. */
import { deserialize, getHeapStatistics, serialize } from 'node:v8';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { PoolEntry } from '@lovage/contracts';
import { TimeLimit } from '@lovage/contracts';
import { errorDetails } from './error-details.ts';
import { JobContext } from './job-context.ts';
import type { FromThread, ThreadOutcome, ToThread } from './thread-messages.ts';

let port: MessagePort;
let entry: PoolEntry;
let job: JobContext | undefined;
let memoryLimitKib = Infinity;

process.on('uncaughtException', leave);
parentPort!.once('message', (given: MessagePort) => {
  port = given;
  port.on('message', (bytes: Uint8Array) => hear(deserialize(bytes)));
});

function hear(message: ToThread): void {
  if (message.kind === 'run') void run(message.id, message.input);
  else if (message.kind === 'stop') stop(message.softMs);
  else if (message.kind === 'init') void init(message);
  else void end();
}

async function init(message: ToThread & { kind: 'init' }): Promise<void> {
  try {
    memoryLimitKib = message.memoryLimitKib ?? Infinity;
    entry = await import(message.entry);
    if (typeof entry.run !== 'function') {
      throw new TypeError(`${message.entry} does not export a function \`run\``);
    }
    await entry.init?.(message.data, { number: message.number });
    send({ kind: 'ready' });
  } catch (error) {
    leave(error);
  }
}

async function run(id: string, input: unknown): Promise<void> {
  const context = new JobContext(id, (report) => send({ kind: 'report', report }));
  job = context;
  let outcome: ThreadOutcome;
  try {
    outcome = { kind: 'returned', output: await entry.run(input, context) };
  } catch (error) {
    outcome = { kind: 'threw', error: errorDetails(error) };
  }
  context.end();
  job = undefined;
  const full = memoryLimitKib < Infinity && memoryKib() > memoryLimitKib ? { full: true } : {};
  try {
    send({ ...outcome, ...full });
  } catch (error) {
    // The output cannot be cloned.
    send({ kind: 'threw', error: errorDetails(error), ...full });
  }
}

function stop(softMs: number | undefined): void {
  job?.abort(softMs === undefined ? undefined : new TimeLimit('soft', softMs));
}

async function end(): Promise<void> {
  try {
    await entry.shutdown?.();
    process.exit(0);
  } catch (error) {
    leave(error);
  }
}

/** Ends this thread, not the process. What it posted before is still read. */
function leave(error: unknown): void {
  port?.postMessage(serialize({ kind: 'fault', error: errorDetails(error) } satisfies FromThread));
  process.exit(1);
}

function send(message: FromThread): void {
  const bytes = serialize(message);
  port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
}

/** What this thread's own heap has taken from the system, the buffers that hang on it included. */
function memoryKib(): number {
  const { total_heap_size, external_memory } = getHeapStatistics();
  return (total_heap_size + external_memory) / 1024;
}
