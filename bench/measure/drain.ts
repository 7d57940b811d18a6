import { until } from '../clock.ts';
import { Program } from '../program.ts';
import type { Figures } from '../row.ts';
import { Scratch } from '../scratch.ts';
import type { System } from '../systems/system.ts';
import { fill } from './produce.ts';

/**
 * Tasks a second from the start of the first to the result of the last: the queue is full before
 * the worker starts, and every result is read afterwards.
 */
export async function drain(system: System, count: number): Promise<Figures> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  const { store, ledger } = opened;
  const ids = await fill(system, store, scratch, count);
  const waiting = await ledger.waiting();
  if (waiting !== count) throw new Error(`${waiting} of ${count} messages are in the queue`);

  await using worker = new Program(system.worker(), store, scratch, 'worker');
  const ended = await until('drain', () => ledger.finished(count), {
    everyMs: ledger.everyMs,
    limitMs: 600_000,
    check: () => worker.check(),
  });
  await ledger.verify(count, ids);
  const began = Math.min(...scratch.marks('first'));
  return { rate: count / ((ended - began) / 1000) };
}
