import { clockTime, duration } from '../../output/durations.ts';
import { fit } from '../../output/fit.ts';
import { type Paint, STATE_STYLES } from './colours.ts';
import { cursorOf, type Size, type Snapshot, shownTasks, type TaskRow, type View } from './model.ts';

interface Widths {
  readonly id: number;
  readonly name: number;
  readonly worker: number;
}

const TIME = 8;
const STATE = 9;
const RUNTIME = 8;
const SHORT_ID = 8;
const FULL_ID = 36;
/** From here on there is room for whole ids. */
const WIDE = 130;

/** The newest tasks on top; the cursor is always in sight. */
export function tasksPage(snapshot: Snapshot, view: View, area: Size, paint: Paint): readonly string[] {
  const tasks = shownTasks(snapshot, view);
  const widths = widthsOf(area.columns);
  const titles = paint(
    'inverse',
    row(['TIME', 'ID', 'STATE', 'NAME', 'WORKER', 'RUNTIME'], widths, (text) => text),
  );
  if (tasks.length === 0) return [titles, ...hint(snapshot, view, area)];
  const cursor = cursorOf(tasks, view);
  const rows = area.rows - 1;
  const first = Math.max(0, cursor - rows + 1);
  const lines = tasks
    .slice(first, first + rows)
    .map((task, at) => taskLine(task, first + at === cursor, widths, snapshot.nowMs, paint));
  return [titles, ...lines];
}

function taskLine(task: TaskRow, chosen: boolean, widths: Widths, nowMs: number, paint: Paint): string {
  const values = [
    clockTime(task.updatedMs),
    task.id,
    task.state,
    task.name,
    task.worker,
    runtimeText(task, nowMs),
  ];
  // One colour for the chosen line: a state's own would break the bar.
  if (chosen)
    return paint(
      'inverse',
      row(values, widths, (text) => text),
    );
  return row(values, widths, (text) => paint(STATE_STYLES[task.state] ?? 'reset', text));
}

function row(values: readonly string[], widths: Widths, paintState: (text: string) => string): string {
  const [time = '', id = '', state = '', name = '', worker = '', runtime = ''] = values;
  return [
    fit(time, TIME),
    // Without an ellipsis: the head of an id is what people compare.
    fit(id.slice(0, widths.id), widths.id),
    paintState(fit(state, STATE)),
    fit(name, widths.name),
    fit(worker, widths.worker),
    fit(runtime, RUNTIME, 'right'),
  ].join(' ');
}

function widthsOf(columns: number): Widths {
  const id = columns >= WIDE ? FULL_ID : SHORT_ID;
  const left = columns - TIME - STATE - RUNTIME - id - 5;
  const name = Math.ceil(left * 0.6);
  return { id, name, worker: left - name };
}

/** How long a task took, or has taken so far. */
export function runtimeText({ state, startedMs, runtimeS }: TaskRow, nowMs: number): string {
  if (runtimeS !== undefined) return duration(runtimeS);
  if (state !== 'STARTED' || startedMs === undefined) return '';
  return duration((nowMs - startedMs) / 1000);
}

/** Why there is nothing to see. */
function hint({ tasks, workers }: Snapshot, { filter }: View, { columns }: Size): readonly string[] {
  const lines =
    filter !== '' && tasks.length > 0
      ? [`None of ${tasks.length} tasks has "${filter}" in its name.`]
      : workers.some((worker) => worker.online)
        ? ['No task has been heard of yet.', 'Workers send events of tasks with -E; e has them do so now.']
        : ['Waiting for workers.'];
  return ['', ...lines.map((line) => fit(`  ${line}`, columns).trimEnd())];
}
