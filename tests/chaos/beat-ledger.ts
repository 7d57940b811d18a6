import type { App } from '@lovage/app';
import { type Entry, formOf, type Interval, runId } from '@lovage/beat';

/** What became of the due times of one entry, an interval, from its first to its last. */
export interface EntryLedger {
  readonly name: string;
  readonly entry: Entry;
  /** As the store has noted. */
  readonly runs: number;
  readonly times: readonly { readonly due: number; readonly sent: number }[];
}

/**
 * Of every entry, by what is in the queue: nobody consumes it.
 * @throws when there are messages of no due time
 */
export async function dueTimesOf(app: App): Promise<EntryLedger[]> {
  const { broker, periodic } = await app.drivers();
  const { schedules } = await periodic();
  const sent = new Map<string, number>();
  for (const { id } of await broker.peek('celery', 1_000_000)) sent.set(id, (sent.get(id) ?? 0) + 1);
  const ledgers = (await schedules.list()).map(({ name, definition, since, lastRun, runs }) => {
    const { entry, key } = formOf(schedules.traits, 'UTC').decode(name, definition, true);
    const { everyMs } = entry.schedule as Interval;
    const times: { due: number; sent: number }[] = [];
    for (let due = since + everyMs; due <= lastRun!; due += everyMs) {
      const id = runId(key!, due);
      times.push({ due, sent: sent.get(id) ?? 0 });
      sent.delete(id);
    }
    return { name, entry, runs, times };
  });
  if (sent.size > 0) throw new Error(`${sent.size} messages of no due time`);
  return ledgers;
}
