import { Program } from '../program.ts';
import type { Scratch } from '../scratch.ts';
import type { Store } from '../store.ts';
import type { Job, System } from '../systems/system.ts';

/** Runs one producer to its end; resolves with the seconds that its timed calls took. */
export async function produce(system: System, store: Store, scratch: Scratch, job: Job): Promise<number> {
  await using producer = new Program(system.producer(job), store, scratch, 'producer');
  await producer.finished();
  return scratch.marks('published').at(-1)!;
}

/** Fills the queue in the system's fastest way and makes sure of it; resolves with the file of the ids. */
export async function fill(system: System, store: Store, scratch: Scratch, count: number): Promise<string> {
  const ids = scratch.file('ids');
  await produce(system, store, scratch, { how: system.fill, count, ids });
  return ids;
}
