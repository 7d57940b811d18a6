import { setTimeout as sleep } from 'node:timers/promises';
import { now, until } from '../clock.ts';
import { residentBytes } from '../processes.ts';
import { Program } from '../program.ts';
import { Scratch } from '../scratch.ts';
import type { System } from '../systems/system.ts';
import { fill, produce } from './produce.ts';
import { ready } from './ready.ts';

export interface Parking {
  /** Resident bytes of the worker before and after. */
  readonly before: number;
  readonly after: number;
  /** How long parking took, sending included. */
  readonly seconds: number;
}

/**
 * What tasks that are not due cost the worker that could run them. It first runs `warm` ordinary ones, so that
 * the growth of a heap that has just started is not taken for theirs; then it sees `count` tasks due in an hour.
 */
export async function park(system: System, count: number, warm: number): Promise<Parking> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  const { store, ledger } = opened;
  await using worker = new Program(system.worker(), store, scratch, 'worker');
  const check = () => worker.check();
  await ready(worker, scratch);
  await fill(system, store, scratch, warm);
  await until('warming up', () => ledger.finished(warm), { everyMs: 50, limitMs: 120_000, check });
  await sleep(3000);
  const before = residentBytes(worker.pid);

  const began = now();
  await produce(system, store, scratch, { how: 'later', count });
  const parked = await until('parking', () => ledger.parked!(count), {
    everyMs: 50,
    limitMs: 300_000,
    check,
  });
  await sleep(3000);
  check();
  return { before, after: residentBytes(worker.pid), seconds: (parked - began) / 1000 };
}
