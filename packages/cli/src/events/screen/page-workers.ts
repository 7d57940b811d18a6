import { duration } from '../../output/durations.ts';
import { fit } from '../../output/fit.ts';
import type { Paint } from './colours.ts';
import type { Size, Snapshot, View, WorkerRow } from './model.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly value: (worker: WorkerRow, nowMs: number) => string;
}

/** Left out where the terminal is narrow. */
const LOAD: Column = { title: 'LOAD', width: 15, value: ({ load }) => load ?? '–' };
const NARROW = 70;

/** After name and state. */
const COLUMNS: readonly Column[] = [
  { title: 'ACTIVE', width: 6, value: ({ active }) => String(active ?? '–') },
  { title: 'PROCESSED', width: 9, value: ({ processed }) => String(processed ?? '–') },
  LOAD,
  { title: 'HEARD', width: 7, value: ({ heardMs }, nowMs) => duration((nowMs - heardMs) / 1000) },
];
const STATE = 7;

/** Who is there, and how it fares. */
export function workersPage(snapshot: Snapshot, view: View, area: Size, paint: Paint): readonly string[] {
  const columns = COLUMNS.filter((each) => each !== LOAD || area.columns >= NARROW);
  const taken = columns.reduce((sum, { width }) => sum + width + 1, STATE + 1);
  const name = Math.max(0, area.columns - taken);
  const titles = [
    fit('WORKER', name),
    fit('STATE', STATE),
    ...columns.map(({ title, width }) => fit(title, width, 'right')),
  ];
  const line = (worker: WorkerRow): string =>
    [
      fit(worker.name, name),
      worker.online ? paint('green', fit('online', STATE)) : paint('red', fit('offline', STATE)),
      ...columns.map(({ value, width }) => fit(value(worker, snapshot.nowMs), width, 'right')),
    ].join(' ');
  const rows = snapshot.workers.slice(view.scroll, view.scroll + area.rows - 1).map(line);
  return [
    paint('inverse', titles.join(' ')),
    ...(rows.length === 0 ? ['', '  No worker has been heard of yet.'] : rows),
  ];
}
