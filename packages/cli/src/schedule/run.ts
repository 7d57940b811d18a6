import type { App } from '@lovage/app';
import {
  type EntryInput,
  InvalidEntry,
  InvalidSchedule,
  type PeriodicTask,
  PeriodicTaskChanged,
  PeriodicTaskExists,
  PeriodicTasks,
  PeriodicTaskUnknown,
} from '@lovage/beat';
import { Aborted, CommandError, EXIT, UsageError } from '../exit.ts';
import { confirm } from '../output/confirm.ts';
import { paint } from '../output/paint.ts';
import { plainLine } from '../output/plain.ts';
import { counted, printJson } from '../output/texts.ts';
import { withApp } from '../with-app.ts';
import { entryParts } from './entry-parts.ts';
import type { EntryFlags, ScheduleFlags } from './flags.ts';
import { listText, taskJson, taskText, zoneOf } from './show.ts';
import { fromNow, zonedTime } from './times.ts';

/** `lovage schedule …`, a function each. */

export function showAll(flags: ScheduleFlags): Promise<void> {
  return withTasks(flags, async (tasks, app) => {
    const all = await tasks.list();
    const { timezone } = app.conf;
    if (flags.json) printJson(all.map((task) => taskJson(task, timezone)));
    else if (all.length > 0) console.log(listText(all, timezone, new Date()));
    else
      console.log(
        `No periodic task is kept in ${(await storeOf(app)).label}. A beat puts there what the code has.`,
      );
  });
}

export function showOne(name: string, flags: ScheduleFlags): Promise<void> {
  return withTasks(flags, async (tasks, app) => print(await tasks.get(name), flags, app));
}

export function showNext(name: string, flags: ScheduleFlags & { readonly count: number }): Promise<void> {
  return withTasks(flags, async (tasks, app) => {
    const zone = zoneOf(await tasks.get(name), app.conf.timezone);
    const dates = await tasks.next(name, flags.count);
    if (flags.json) return printJson(dates);
    const now = new Date();
    for (const date of dates) console.log(`${zonedTime(date, zone)}  ${fromNow(date, now)}`);
    if (dates.length === 0) console.log(`${plainLine(name)} is never due again.`);
  });
}

export function create(name: string, flags: EntryFlags): Promise<void> {
  return withTasks(flags, async (tasks, app) => {
    const parts = entryParts(flags, app.conf.timezone);
    if (flags.task === undefined) throw new UsageError('Which task? Give --task.');
    if (!parts.schedule) throw new UsageError('When? Give --every, --crontab, --solar or --at.');
    print(await tasks.create(name, parts as EntryInput), flags, app);
  });
}

export function update(name: string, flags: EntryFlags): Promise<void> {
  return withTasks(flags, async (tasks, app) => {
    const { entry, version } = await tasks.get(name);
    const changes = entryParts(flags, app.conf.timezone, entry);
    if (Object.keys(changes).length === 0) throw new UsageError('Nothing to change: give options.');
    print(await tasks.update(name, changes, { version }), flags, app);
  });
}

/** Each of them, or none is said to have been: the first that is not there ends the command. */
export function each(
  names: readonly string[],
  flags: ScheduleFlags,
  done: string,
  act: (tasks: PeriodicTasks, name: string) => Promise<unknown>,
): Promise<void> {
  return withTasks(flags, async (tasks) => {
    for (const name of names) await tasks.get(name);
    for (const name of names) await act(tasks, name);
    if (flags.json) printJson({ [done]: names });
    else for (const name of names) console.log(`${plainLine(name)} ${done}.`);
  });
}

export function runNow(name: string, flags: ScheduleFlags): Promise<void> {
  return withTasks(flags, async (tasks) => {
    const { id } = await tasks.runNow(name);
    if (flags.json) printJson({ task_id: id, name });
    else console.log(id);
  });
}

export function prune(flags: ScheduleFlags & { readonly force?: boolean }): Promise<void> {
  if (flags.json && !flags.force) throw new UsageError('--json asks nothing: add --force.');
  return withTasks(flags, async (tasks) => {
    const gone = (await tasks.list()).filter(({ vanished }) => vanished);
    if (gone.length > 0 && !flags.force) await refuseUnlessSure(gone);
    const pruned = gone.length > 0 ? await tasks.prune() : [];
    if (flags.json) printJson({ pruned });
    else if (pruned.length === 0) console.log('No periodic task has vanished from the code.');
    else
      console.log(`Removed ${counted(pruned.length, 'periodic task')}: ${pruned.map(plainLine).join(', ')}.`);
  });
}

async function refuseUnlessSure(gone: readonly PeriodicTask[]): Promise<void> {
  const question = [
    `${paint('red', 'WARNING')}: These have vanished from the code, and will be removed for good:`,
    ...gone.map(({ name, runs }) => `  ${plainLine(name)} (${counted(runs, 'run')})`),
    'Are you sure? [y/N]: ',
  ].join('\n');
  if (!(await confirm(question))) throw new Aborted();
}

function print(task: PeriodicTask, { json }: ScheduleFlags, app: App): void {
  const { timezone } = app.conf;
  if (json) printJson(taskJson(task, timezone));
  else console.log(taskText(task, timezone, new Date()));
}

const storeOf = async (app: App) => (await app.drivers()).periodic();

/** What people have done wrong is a sentence, not a stack. */
const FORESEEN = [
  InvalidEntry,
  InvalidSchedule,
  PeriodicTaskChanged,
  PeriodicTaskExists,
  PeriodicTaskUnknown,
];

function withTasks(
  flags: ScheduleFlags,
  use: (tasks: PeriodicTasks, app: App) => Promise<void>,
): Promise<void> {
  return withApp(flags, async (app) => {
    try {
      await use(new PeriodicTasks(app), app);
    } catch (error) {
      if (!FORESEEN.some((kind) => error instanceof kind)) throw error;
      const { message } = error as Error;
      const end = /[.?!]$/.test(message) ? '' : '.';
      throw new CommandError(`${message.charAt(0).toUpperCase()}${message.slice(1)}${end}`, EXIT.failed);
    }
  });
}
