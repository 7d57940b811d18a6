import { type App, ImproperlyConfigured } from '@lovage/app';
import { type Entry, type EntryForm, InvalidEntry, readBeatSchedule, readEntry } from '../entries/index.ts';
import { isPlainObject } from '../entries/plain.ts';
import { shown } from '../schedules/errors.ts';

/**
 * The entries that an app's code has: those of `beatSchedule`, and those beside its tasks.
 * @throws ImproperlyConfigured listing every problem, one a line
 */
export function readAppEntries(app: App): Entry[] {
  const { beatSchedule } = app.conf;
  const problems: string[] = [];
  const found = new Map<string, { readonly entry: Entry; readonly where: string }>();
  const add = (entry: Entry, where: string) => {
    const before = found.get(entry.name);
    if (before) problems.push(`two entries are called ${shown(entry.name)}: ${before.where}, and ${where}`);
    else found.set(entry.name, { entry, where });
  };

  try {
    for (const entry of readBeatSchedule(beatSchedule)) add(entry, 'in beatSchedule');
  } catch (error) {
    if (!(error instanceof ImproperlyConfigured)) throw error;
    problems.push(error.message);
  }
  for (const task of app.tasks.values()) {
    const { schedule } = task.options;
    if (schedule === undefined) continue;
    for (const given of Array.isArray(schedule) ? schedule : [schedule]) {
      try {
        add(besideTask(task.name, given), `beside the task ${task.name}`);
      } catch (error) {
        if (!(error instanceof InvalidEntry)) throw error;
        problems.push(
          ...error.problems.map((problem) => `the schedule of the task ${task.name}: ${problem}`),
        );
      }
    }
  }
  if (problems.length > 0) throw new ImproperlyConfigured(problems.join('\n'));
  return [...found.values()].map(({ entry }) => entry);
}

/** A schedule as it is, or an entry without `task`, with a name of its own where there are several. */
function besideTask(task: string, given: unknown): Entry {
  if (!isPlainObject(given) || !('schedule' in given)) return readEntry(task, { task, schedule: given });
  const { name = task, ...parts } = given;
  if (typeof name !== 'string') throw new InvalidEntry(task, [`name must be a text, not ${shown(name)}`]);
  if ('task' in parts) throw new InvalidEntry(name, ['it stands beside its task, and needs no task']);
  return readEntry(name, { ...parts, task });
}

/**
 * Can the store write them down?
 * @throws ImproperlyConfigured listing all that it has no room for, one a line
 */
export function checkWritable(entries: readonly Entry[], form: EntryForm): void {
  const problems: string[] = [];
  for (const entry of entries) {
    try {
      form.encode(entry, { origin: 'code' });
    } catch (error) {
      if (!(error instanceof InvalidEntry)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new ImproperlyConfigured(problems.join('\n'));
}
