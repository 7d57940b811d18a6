/**
 * The program of a pool's child process: loads one entry module, runs one job at a time.
 * Every import here is paid for by each child in memory and start-up: keep them few.
 */
import type { PoolEntry } from '@lovage/contracts';
import { TimeLimit } from '@lovage/contracts';
import { errorDetails } from './error-details.ts';
import { JobContext } from './job-context.ts';
import type { FromChild, FromJob, Order, ToChild } from './messages.ts';
import { takePermit } from './permit.ts';

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
  if (message.kind === 'run') take(message.orders);
  else if (message.kind === 'stop') stop(message.id, message.softMs);
  else if (message.kind === 'init') void init(message);
  else void end();
});

let entry: PoolEntry;
let permits: number | undefined;
let maxMemoryKib = Infinity;

let orders: Order[] = [];
/** The number of the order that may begin next; its message is on the way. */
let permit: number | undefined;
/** From an order's begin until nothing is left to do. */
let busy = false;
let job: JobContext | undefined;
/** Orders that are here, and are to stop as soon as they begin: the pool takes them to have begun already. */
const stops = new Map<string, TimeLimit | undefined>();
/** Something failed outside of any job: it begins nothing more. */
let leaving = false;

async function init(message: ToChild & { kind: 'init' }): Promise<void> {
  const { entry: url, data, number } = message;
  permits = message.permits;
  maxMemoryKib = message.maxMemoryKib ?? Infinity;
  try {
    entry = await import(url);
    if (typeof entry.run !== 'function') throw new TypeError(`${url} does not export a function \`run\``);
    await entry.init?.(data, { number });
    send({ kind: 'ready' });
  } catch (error) {
    leave(1, error);
  }
}

function take(more: readonly Order[]): void {
  orders.push(...more);
  if (!busy) next();
}

function next(): void {
  if (leaving) return;
  busy = true;
  const order = nextOrder();
  if (order === undefined) rest();
  else if (order.job) void run(order.job);
  else next();
}

/** Whatever was still to stop was taken back. */
function rest(): void {
  busy = false;
  stops.clear();
}

/**
 * The next order that may begin: permits are given in the order in which jobs are to begin, and each with an order that is
 * here or on its way. Orders before that one were taken back; without a permit all were.
 */
function nextOrder(): Order | undefined {
  for (let order = orders.shift(); order !== undefined; order = orders.shift()) {
    if (order.permit === undefined) return order;
    permit ??= takePermit(permits!);
    if (permit === order.permit) {
      permit = undefined;
      return order;
    }
    if (permit === undefined) orders = [];
  }
  return undefined;
}

async function run({ id, input }: { id: string; input: unknown }): Promise<void> {
  const context = new JobContext(id, (report) => send({ kind: 'report', report }));
  job = context;
  if (stops.has(id)) {
    context.abort(stops.get(id));
    stops.delete(id);
  }
  let outcome: FromJob;
  try {
    outcome = { kind: 'returned', output: await entry.run(input, context) };
  } catch (error) {
    outcome = { kind: 'threw', error: errorDetails(error) };
  }
  context.end();
  job = undefined;
  try {
    finish(outcome);
  } catch (error) {
    // The output cannot be cloned.
    finish({ kind: 'threw', error: errorDetails(error) });
  }
}

/**
 * The next job begins when this outcome is on its way whole, whatever the next one does, and after a turn of the event
 * loop: what the last one left behind (an error that nobody caught) is not the next one's fault.
 */
function finish(outcome: FromJob): void {
  const residentKib = maxMemoryKib === Infinity ? 0 : process.memoryUsage.rss() / 1024;
  if (residentKib > maxMemoryKib) send({ ...outcome, residentKib });
  else channel(outcome, undefined, undefined, () => setImmediate(next));
}

function stop(id: string, softMs: number | undefined): void {
  const reason = softMs === undefined ? undefined : new TimeLimit('soft', softMs);
  if (job?.jobId === id) job.abort(reason);
  else if (orders.some((order) => order.job?.id === id)) stops.set(id, reason);
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
  leaving = true;
  setTimeout(() => process.exit(code), LAST_WORDS_MS);
  channel({ kind: 'fault', error: errorDetails(error) }, undefined, undefined, () => process.exit(code));
}

function send(message: FromChild): void {
  channel(message);
}
