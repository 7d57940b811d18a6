import type { PeriodicTask } from '@lovage/beat';
import { paint } from '../output/paint.ts';
import { plainLine } from '../output/plain.ts';
import { clip, pairs, table } from '../output/table.ts';
import { fromNow, zonedTime } from './times.ts';

const WIDEST = 48;

/** What everybody looks at, a line each. */
export function listText(tasks: readonly PeriodicTask[], timezone: string, now: Date): string {
  const columns = [
    ...[{ title: 'name' }, { title: 'state' }, { title: 'schedule' }, { title: 'task' }, { title: 'next' }],
    ...[{ title: 'last' }, { title: 'runs', align: 'right' as const }],
  ];
  const rows = tasks.map((task) => [
    clip(plainLine(task.name), WIDEST),
    painted(stateOf(task)),
    clip(plainLine(task.entry ? String(task.entry.schedule) : ''), WIDEST),
    clip(plainLine(task.entry?.task ?? ''), WIDEST),
    task.next ? `${zonedTime(task.next, zoneOf(task, timezone))}, ${fromNow(task.next, now)}` : '',
    task.lastSent ? fromNow(task.lastSent, now) : '',
    String(task.runs),
  ]);
  return table(columns, rows);
}

/** All that is known of one. */
export function taskText(task: PeriodicTask, timezone: string, now: Date): string {
  const { entry } = task;
  const zone = zoneOf(task, timezone);
  const time = (at: Date | undefined): string => (at ? `${zonedTime(at, zone)}, ${fromNow(at, now)}` : '–');
  const value = (each: unknown): string => plainLine(JSON.stringify(each));
  const origin = task.origin === 'runtime' ? 'made at run time' : `the code of ${task.app ?? 'an app'}`;
  return pairs([
    ['name', plainLine(task.name)],
    ['state', painted(stateOf(task))],
    ...(task.problem === undefined ? [] : [['problem', plainLine(task.problem)] as const]),
    ...(entry
      ? ([
          ['task', plainLine(entry.task)],
          ['schedule', plainLine(String(entry.schedule))],
          ['time zone', zone],
          ['args', value(entry.args)],
          ['kwargs', value(entry.kwargs)],
          ['options', value(entry.options)],
          ['one-off', entry.oneOff ? 'yes' : 'no'],
          ['start time', time(entry.startTime)],
          ['expires', time(entry.expires)],
          ['overlap', entry.overlap],
          ['missed', entry.missed],
          ['description', plainLine(entry.description)],
        ] as const)
      : []),
    ['from', origin],
    ['counted since', time(task.since)],
    ['next', time(task.next)],
    ['last due', time(task.lastRun)],
    ['last sent', time(task.lastSent)],
    ['last id', task.lastRunId ?? '–'],
    ['runs', String(task.runs)],
    ['version', plainLine(task.version)],
  ]);
}

/** For programs. */
export function taskJson(task: PeriodicTask, timezone: string): Record<string, unknown> {
  const { entry, next, since, lastRun, lastSent, ...rest } = task;
  return {
    state: stateOf(task),
    ...(entry ? { ...entry, schedule: entry.schedule.toJSON(), timezone: zoneOf(task, timezone) } : {}),
    ...rest,
    since,
    next: next ?? null,
    lastRun: lastRun ?? null,
    lastSent: lastSent ?? null,
    lastRunId: task.lastRunId ?? null,
  };
}

type State = 'enabled' | 'disabled' | 'vanished' | 'unreadable';

/** In one word: whether it runs, or why not. */
export function stateOf({ entry, vanished, enabled }: PeriodicTask): State {
  if (!entry) return 'unreadable';
  if (vanished) return 'vanished';
  return enabled ? 'enabled' : 'disabled';
}

const STYLES = { enabled: 'green', disabled: 'dim', vanished: 'yellow', unreadable: 'red' } as const;
const painted = (state: State): string => paint(STYLES[state], state);

/** The zone whose clock an entry means. */
export function zoneOf({ entry }: PeriodicTask, timezone: string): string {
  const json = entry?.schedule.toJSON();
  return (json && 'timezone' in json ? json.timezone : undefined) ?? timezone;
}
