import { clockTime } from '../../output/durations.ts';
import { cells, cut, fit } from '../../output/fit.ts';
import { counted } from '../../output/texts.ts';
import { type Paint, STATE_STYLES } from './colours.ts';
import type { Size, Snapshot, View } from './model.ts';
import { detailLines, taskPage } from './page-task.ts';
import { tasksPage } from './page-tasks.ts';
import { workersPage } from './page-workers.ts';
import type { Reach } from './press.ts';

/** Lines above and below what a page shows. */
const FRAME_ROWS = 4;
/** Every page begins with one. */
const TITLE_ROWS = 1;
/** What cannot be shown in less is not tried. */
const LEAST: Size = { columns: 40, rows: 8 };

/** How far the keys can move the page at hand. */
export function reachOf(snapshot: Snapshot, view: View, { columns, rows }: Size): Reach {
  const inSight = Math.max(1, rows - FRAME_ROWS - TITLE_ROWS);
  return { rows: inSight, lastScroll: Math.max(0, lengthOf(snapshot, view, columns) - inSight) };
}

function lengthOf(snapshot: Snapshot, view: View, columns: number): number {
  if (view.page === 'workers') return snapshot.workers.length;
  const task = snapshot.tasks.find(({ id }) => id === view.selected);
  return view.page === 'task' && task ? detailLines(task, columns, (_, text) => text).length : 0;
}

/**
 * The whole screen: as many lines as it has rows, none wider than it is. Pure: the same snapshot and view look the same.
 */
export function render(snapshot: Snapshot, view: View, size: Size, paint: Paint): readonly string[] {
  if (size.columns < LEAST.columns || size.rows < LEAST.rows) {
    return [cut(`The terminal is smaller than ${LEAST.columns}x${LEAST.rows}.`, size.columns)];
  }
  const area = { columns: size.columns, rows: size.rows - FRAME_ROWS };
  const content = pageOf(snapshot, view, area, paint).slice(0, area.rows);
  const blank = Array.from({ length: area.rows - content.length }, () => '');
  return [...head(snapshot, size, paint), ...content, ...blank, ...foot(snapshot, view, size, paint)];
}

function pageOf(snapshot: Snapshot, view: View, area: Size, paint: Paint): readonly string[] {
  if (view.page === 'workers') return workersPage(snapshot, view, area, paint);
  if (view.page === 'task') return taskPage(snapshot, view, area, paint);
  return tasksPage(snapshot, view, area, paint);
}

/** Where it listens and who is there; how much happens. */
function head(snapshot: Snapshot, { columns }: Size, paint: Paint): readonly string[] {
  const online = snapshot.workers.filter((worker) => worker.online).length;
  const right = `${counted(online, 'worker')} online  ${clockTime(snapshot.nowMs)}`;
  const left = fit(`lovage events  ${snapshot.broker}`, columns - cells(right) - 1);
  const rates = `${snapshot.receivedPerS.toFixed(1)}/s in  ${snapshot.finishedPerS.toFixed(1)}/s done`;
  const counts = [...snapshot.counts].map(([state, count]) => ({ state, text: `${state} ${count}` }));
  return [paint('bold', `${left} ${right}`), withCounts(rates, counts, columns, paint)];
}

/** As many counts as the line has room for. */
function withCounts(
  rates: string,
  counts: readonly { readonly state: string; readonly text: string }[],
  columns: number,
  paint: Paint,
): string {
  let line = rates;
  let used = cells(rates);
  for (const { state, text } of counts) {
    used += 2 + cells(text);
    if (used > columns) break;
    line += `  ${paint(STATE_STYLES[state] ?? 'reset', text)}`;
  }
  return line;
}

const KEYS = {
  tasks: 'j/k move  i info  w workers  / filter  r revoke  t terminate  c clear  q quit',
  task: 'j/k scroll  Enter back  w workers  r revoke  t terminate  q quit',
  workers: 'j/k scroll  Enter back  e enable task events  q quit',
} as const;

/** What is asked or was said, and the keys. */
function foot(snapshot: Snapshot, view: View, { columns }: Size, paint: Paint): readonly string[] {
  const { prompt } = view;
  if (prompt?.kind === 'filter') {
    return [fit(`/${prompt.text}▏`, columns), paint('dim', cut('Enter keep  Esc show all', columns))];
  }
  if (prompt?.kind === 'terminate') {
    const { name, id } = prompt.task;
    const question = cut(`Terminate ${name} (${id}) with SIGTERM?`, columns);
    return [paint(['red', 'bold'], question), paint('dim', cut('y yes  any other key no', columns))];
  }
  return [notice(snapshot, view, columns, paint), paint('dim', cut(KEYS[view.page], columns))];
}

function notice(snapshot: Snapshot, view: View, columns: number, paint: Paint): string {
  if (view.notice !== '') return paint('yellow', cut(view.notice, columns));
  if (snapshot.trouble !== undefined) return paint('red', cut(snapshot.trouble, columns));
  if (view.filter !== '') return cut(`Only names with "${view.filter}"; Esc shows all.`, columns);
  return '';
}
