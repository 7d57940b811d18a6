import { setTimeout as sleep } from 'node:timers/promises';
import { now, until } from '../clock.ts';
import { forgetPeak, peakBytes, residentBytes } from '../processes.ts';
import { Program } from '../program.ts';
import { Scratch } from '../scratch.ts';
import type { System } from '../systems/system.ts';
import { produce } from './produce.ts';
import { ready } from './ready.ts';

export interface Parking {
  /** Resident bytes of the fresh, idle worker; the most while parking; and three seconds after it. */
  readonly before: number;
  readonly peak: number;
  readonly after: number;
  /** How long parking took, sending included. */
  readonly seconds: number;
}

/**
 * What `count` tasks due in an hour cost the worker that could run them. It has done nothing before: the heap that
 * other work leaves behind would take parked tasks in without growing, and hide them.
 */
export async function park(system: System, count: number): Promise<Parking> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  const { store, ledger } = opened;
  await using worker = new Program(system.worker(), store, scratch, 'worker');
  const check = () => worker.check();
  await ready(worker, scratch, { settleMs: 3000 });
  forgetPeak(worker.pid);
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
  const { pid } = worker;
  return { before, peak: peakBytes(pid), after: residentBytes(pid), seconds: (parked - began) / 1000 };
}
