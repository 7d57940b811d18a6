import type { Figures } from '../row.ts';
import { Scratch } from '../scratch.ts';
import type { Job, System } from '../systems/system.ts';
import { produce } from './produce.ts';

/** Messages a second by one producer without any worker; a twentieth more are sent before, unmeasured. */
export async function publish(system: System, job: Job): Promise<Figures> {
  using scratch = new Scratch();
  await using opened = await system.open(scratch);
  const warm = Math.ceil(job.count / 20);
  const seconds = await produce(system, opened.store, scratch, { ...job, warm });
  const waiting = await opened.ledger.waiting();
  if (waiting !== job.count + warm)
    throw new Error(`${waiting} of ${job.count + warm} messages are in the queue`);
  return { rate: job.count / seconds };
}
