/**
 * The program of a pool's child process: loads one entry module, runs one job at a time.
 * Every import here is paid for by each child in memory and start-up: keep them few.
 */
import type { PoolEntry } from '@lovage/contracts';
import { TimeLimit } from '@lovage/contracts';
import { errorDetails } from './error-details.ts';
import { JobContext } from './job-context.ts';
import type { FromChild, ToChild } from './messages.ts';

/** A parent that does not read its messages must not keep a broken child alive. */
const LAST_WORDS_MS = 5000;

const channel = process.send!.bind(process);
// Programs say `process.send?.('ready')` to their process manager; that is not for the pool.
delete process.send;

// A terminal and a service manager signal the whole group. What to do about it is for the parent to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(1));
process.on('error', () => process.exit(1));
process.on('uncaughtException', (error) => leave(1, error));
process.on('message', (message: ToChild) => {
  if (message.kind === 'run') void run(message.id, message.input);
  else if (message.kind === 'stop') stop(message.softMs);
  else if (message.kind === 'init') void init(message.entry, message.data, message.number);
  else void end();
});

let entry: PoolEntry;
let job: JobContext | undefined;

async function init(url: string, data: unknown, number: number): Promise<void> {
  try {
    entry = await import(url);
    if (typeof entry.run !== 'function') throw new TypeError(`${url} does not export a function \`run\``);
    await entry.init?.(data, { number });
    send({ kind: 'ready' });
  } catch (error) {
    leave(1, error);
  }
}

async function run(id: string, input: unknown): Promise<void> {
  const context = new JobContext(id, (report) => send({ kind: 'report', report }));
  job = context;
  let outcome: FromChild;
  try {
    outcome = { kind: 'returned', output: await entry.run(input, context) };
  } catch (error) {
    outcome = { kind: 'threw', error: errorDetails(error) };
  }
  context.end();
  job = undefined;
  try {
    send(outcome);
  } catch (error) {
    // The output cannot be cloned.
    send({ kind: 'threw', error: errorDetails(error) });
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
    leave(1, error);
  }
}

/** Exits as soon as the parent has been told why. */
function leave(code: number, error: unknown): void {
  setTimeout(() => process.exit(code), LAST_WORDS_MS);
  channel({ kind: 'fault', error: errorDetails(error) }, undefined, undefined, () => process.exit(code));
}

function send(message: FromChild): void {
  channel(message);
}
