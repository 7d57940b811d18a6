import { cut, wrap } from '../../output/fit.ts';
import { type Paint, STATE_STYLES } from './colours.ts';
import type { Size, Snapshot, TaskRow, View } from './model.ts';

const NAME_COLUMN = 12;

/** Everything about one task, in as many lines as it takes. */
export function taskPage(snapshot: Snapshot, view: View, area: Size, paint: Paint): readonly string[] {
  const task = snapshot.tasks.find(({ id }) => id === view.selected);
  if (!task)
    return ['', cut('  This task is forgotten: it was cleared, or too many came after it.', area.columns)];
  const title = cut(` ${task.name}  ${task.state}`, area.columns);
  const lines = detailLines(task, area.columns, paint);
  return [
    paint(STATE_STYLES[task.state] ?? 'reset', title),
    ...lines.slice(view.scroll, view.scroll + area.rows - 1),
  ];
}

/** Names on the left, texts wrapped beside them. */
export function detailLines(task: TaskRow, columns: number, paint: Paint): readonly string[] {
  const width = columns - NAME_COLUMN - 1;
  return task.details().flatMap(([name, text]) =>
    text
      .split('\n')
      .flatMap((line) => wrap(line, width))
      .map((line, at) => `${paint('dim', (at === 0 ? ` ${name}` : '').padEnd(NAME_COLUMN))} ${line}`),
  );
}
