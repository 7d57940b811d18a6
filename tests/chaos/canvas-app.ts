/** The app of workflows that lose their workers: every run of a task writes itself down, each line in one write. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage, type TaskSelf } from 'lovage';
import { defineLeaves } from '../e2e/canvas-random-tasks.ts';
import type { CanvasLine } from './canvas-ledger.ts';

const url = process.env['CHAOS_BROKER'] ?? 'memory://';
const ledger = process.env['CHAOS_LEDGER'] ?? '';
/** Leaves take up to so long, and what ends a workflow takes it always. */
const LONGEST_MS = 40;

export const app = new Lovage('canvas-chaos', {
  brokerUrl: url,
  resultBackend: process.env['CHAOS_RESULTS'] ?? url,
  taskAcksLate: true,
  taskRejectOnWorkerLost: true,
  // Kills are many, and may hit the same task every time.
  lovageMaxDeliveries: 100,
  lovageLeaseSeconds: 2,
  lovageLogLevel: 'warn',
});

const write = (line: CanvasLine): void => appendFileSync(ledger, `${JSON.stringify(line)}\n`);

function begins(self: TaskSelf, more: Partial<CanvasLine> = {}): void {
  const { id, task, deliveryInfo } = self.request;
  write({
    what: 'begins',
    ...{ id, task, redelivered: deliveryInfo.redelivered, pid: process.pid, atMs: Date.now() },
    ...more,
  });
}

app.signals.taskPostrun.connect(({ taskId, task }) =>
  write({ what: 'ends', id: taskId, task: task.name, pid: process.pid, atMs: Date.now() }),
);

defineLeaves(app, async (self, { label }) => {
  begins(self);
  await sleep((label * 7) % LONGEST_MS);
});

app.task({ name: 'random.done', bind: true }, async (self, values: unknown, flow: string) => {
  begins(self, { flow, values });
  await sleep(LONGEST_MS);
});

app.task({ name: 'random.failed', bind: true }, async (self, _id: string, flow: string) => {
  begins(self, { flow });
  await sleep(LONGEST_MS);
});
