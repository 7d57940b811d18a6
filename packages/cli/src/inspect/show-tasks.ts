import { textLine, valueLines } from '../control/plain-value.ts';
import type { ShowValue } from '../control/show-answer.ts';
import { isRecord, recordsOf } from '../records.ts';
import { callText } from './call-text.ts';
import { ago, cell, NOTHING, tableLines, until } from './cells.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `inspect active`: what runs. */
export const showActive: ShowValue = (value, nowMs) => {
  const tasks = recordsOf(value);
  if (!tasks) return valueLines(value);
  return tableLines(
    [{ title: 'Id' }, { title: 'Name' }, { title: 'Arguments' }, { title: 'Started' }, { title: 'Pid' }],
    [...tasks]
      .sort((a, b) => Number(a['time_start'] ?? 0) - Number(b['time_start'] ?? 0))
      .map((task) => [...named(task), ago(task['time_start'], nowMs), cell(task['worker_pid'])]),
  );
};

/** `inspect reserved`: what waits for a slot. */
export const showReserved: ShowValue = (value) => {
  const tasks = recordsOf(value);
  if (!tasks) return valueLines(value);
  return tableLines(
    [{ title: 'Id' }, { title: 'Name' }, { title: 'Arguments' }, { title: 'Queue' }],
    tasks.map((task) => [...named(task), queueOf(task)]),
  );
};

/** `inspect scheduled`: what is not due, the soonest first. */
export const showScheduled: ShowValue = (value, nowMs) => {
  const entries = recordsOf(value);
  if (!entries) return valueLines(value);
  const at = (entry: Fields): number => Date.parse(String(entry['eta'])) || 0;
  return tableLines(
    [{ title: 'Due' }, { title: 'Eta' }, { title: 'Id' }, { title: 'Name' }, { title: 'Arguments' }],
    [...entries]
      .sort((a, b) => at(a) - at(b))
      .map((entry) => {
        const task = isRecord(entry['request']) ? entry['request'] : {};
        return [until(entry['eta'], nowMs), cell(entry['eta']), ...named(task)];
      }),
  );
};

/** `inspect query_task`: where each id is. */
export const showQueriedTasks: ShowValue = (value, nowMs) => {
  if (!isRecord(value)) return valueLines(value);
  return tableLines(
    [
      { title: 'Id' },
      { title: 'State' },
      { title: 'Name' },
      { title: 'Arguments' },
      { title: 'Started' },
      { title: 'Pid' },
    ],
    Object.entries(value).map(([id, found]) => {
      const [state, info] = Array.isArray(found) ? (found as unknown[]) : [];
      const task = isRecord(info) ? info : {};
      const [, name, args] = named(task);
      return [
        cell(id),
        cell(state),
        name ?? '',
        args ?? '',
        ago(task['time_start'], nowMs),
        cell(task['worker_pid']),
      ];
    }),
  );
};

function named(task: Fields): readonly string[] {
  return [cell(task['id']), cell(task['name']), cell(callText(task['args'], task['kwargs']))];
}

function queueOf(task: Fields): string {
  const info = task['delivery_info'];
  return isRecord(info) ? textLine(info['routing_key'] ?? NOTHING) : NOTHING;
}
