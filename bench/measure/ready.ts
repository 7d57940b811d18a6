import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../clock.ts';
import type { Program } from '../program.ts';
import type { Scratch } from '../scratch.ts';

/** Resolves once the worker has said that it is ready and has been left alone for `settleMs`. */
export async function ready(worker: Program, scratch: Scratch, { settleMs = 0 } = {}): Promise<void> {
  await until('worker ready', () => scratch.marks('ready').length > 0, {
    everyMs: 10,
    limitMs: 30_000,
    check: () => worker.check(),
  });
  await sleep(settleMs);
  worker.check();
}
