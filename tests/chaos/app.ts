/** The app of the chaos tests: a task that writes down when it starts and ends, in a file that survives everything. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage } from 'lovage';

const ledger = process.env['CHAOS_LEDGER'] ?? '';

const brokerUrl = process.env['CHAOS_BROKER'] ?? 'memory://';

export const app = new Lovage('chaos', {
  brokerUrl,
  resultBackend: process.env['CHAOS_RESULTS'] ?? brokerUrl,
  taskAcksLate: true,
  taskRejectOnWorkerLost: true,
  // A worker that is killed 20 times may take the same task down more than three times.
  lovageMaxDeliveries: 25,
  lovageLeaseSeconds: 2,
});

export const mark = app.task({ name: 'chaos.mark', ignoreResult: false }, async (n: number, ms: number) => {
  write('start', n);
  await sleep(ms);
  write('end', n);
  return n;
});

/** The same for a task that stops when it is told to; it must never be counted as a retry when it is given back. */
export const steady = app.task({ name: 'chaos.steady', bind: true }, async (self, n: number, ms: number) => {
  if (self.request.retries > 0) throw new Error(`task ${n} counts ${self.request.retries} retries`);
  write('start', n);
  await sleep(ms, undefined, { signal: self.signal });
  write('end', n);
  return n;
});

export const nothing = app.task('chaos.nothing', () => null);

export const fails = app.task('chaos.fails', (): null => {
  throw new Error('on purpose');
});

const write = (what: string, n: number) =>
  appendFileSync(ledger, `${what} ${n} ${process.pid} ${Date.now()}\n`);
