import type { Schedule } from '../src/index.ts';

/** The next due times, each asked for from the one before, in ISO 8601 without milliseconds. */
export function upcoming(schedule: Schedule, after: string, count: number): string[] {
  const found: string[] = [];
  for (let at: Date | undefined = new Date(after); found.length < count; ) {
    at = schedule.next(at);
    if (!at) break;
    found.push(at.toISOString().replace('.000Z', 'Z'));
  }
  return found;
}
