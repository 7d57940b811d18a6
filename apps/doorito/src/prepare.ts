import { migrate } from './database.ts';
import { outbox } from './outbox.ts';

/** Brings all of doorito's tables up to date. Any number of its processes may ask at once. */
export async function prepare(): Promise<void> {
  await migrate();
  await outbox.migrate();
}
