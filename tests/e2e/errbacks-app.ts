/** The app of error callbacks in child processes: tasks that end in every way there is, and what is told of it. */
import { appendFileSync } from 'node:fs';
import { Lovage } from 'lovage';

const broker = process.env['E2E_BROKER'] ?? 'memory://';
const results = process.env['E2E_RESULTS'] ?? broker;
const ledger = process.env['E2E_LEDGER'] ?? '';

export const app = new Lovage('errbacks', {
  brokerUrl: broker,
  resultBackend: results,
  lovageLeaseSeconds: 2,
});

/** One line of the ledger. */
export interface Told {
  readonly id: string;
  readonly task: string | null;
  readonly args: readonly unknown[] | null;
  readonly hostname: string | null;
  readonly type: string;
  readonly message: string;
  readonly traced: boolean;
  readonly label: string;
}

const write = (told: Told) => appendFileSync(ledger, `told ${JSON.stringify(told)}\n`);

export const alert = app.errback('eb.alert', (request, error, traceback, label: string) => {
  const { id, task, args, hostname } = request;
  write({
    id,
    task,
    args,
    hostname,
    type: error.type,
    message: error.message,
    traced: traceback !== null,
    label,
  });
});
/** Takes its own process with it the first time. */
export const dying = app.errback(
  { name: 'eb.dying', bind: true, acksLate: true, rejectOnWorkerLost: true },
  (self, request, error, traceback, label: string) => {
    if (!self.request.deliveryInfo.redelivered) process.kill(process.pid, 'SIGKILL');
    const { id, task, args, hostname } = request;
    write({
      id,
      task,
      args,
      hostname,
      type: error.type,
      message: error.message,
      traced: traceback !== null,
      label,
    });
  },
);
export const fail = app.task('eb.fail', (text: string): number => {
  throw new RangeError(text);
});
export const die = app.task('eb.die', (signal: NodeJS.Signals): number => {
  process.kill(process.pid, signal);
  for (;;);
});
export const spin = app.task({ name: 'eb.spin', timeLimit: 1 }, (): number => {
  for (;;);
});
export const add = app.task('eb.add', (x: number, y: number) => x + y);
export const sum = app.task('eb.sum', (numbers: number[]) => numbers.length);
