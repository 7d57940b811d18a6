/** The app of workflows in child processes. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { group, Lovage } from 'lovage';

const broker = process.env['E2E_BROKER'] ?? 'memory://';
const results = process.env['E2E_RESULTS'] ?? broker;
const ledger = process.env['E2E_LEDGER'] ?? '';

export const app = new Lovage('canvas', {
  brokerUrl: broker,
  resultBackend: results,
  taskAcksLate: true,
  taskRejectOnWorkerLost: true,
  lovageLeaseSeconds: 2,
});

const wrote = (label: string) => appendFileSync(ledger, `${label} ${process.pid}\n`);

export const add = app.task('cv.add', (x: number, y: number) => x + y);
export const list = app.task('cv.list', (items: unknown[]) => items);
export const slow = app.task('cv.slow', async (n: number) => {
  wrote('slow');
  await sleep(40);
  return n;
});
export const total = app.task('cv.total', (numbers: number[]) => {
  wrote('total');
  return numbers.reduce((sum, n) => sum + n, 0);
});
export const fan = app.task({ name: 'cv.fan', bind: true }, (self, n: number): number[] =>
  self.replace(group(Array.from({ length: n }, (_, index) => add.s(index, index)))),
);
export const grow = app.task({ name: 'cv.grow', bind: true }, async (self, n: number) => {
  await self.addToChord(add.si(n, 100));
  return n;
});
export const dieOnce = app.task({ name: 'cv.die_once', bind: true }, (self, n: number) => {
  if (!self.request.deliveryInfo.redelivered) process.kill(process.pid, 'SIGKILL');
  return n;
});
