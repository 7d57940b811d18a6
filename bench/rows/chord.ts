import { chord } from '../measure/chord.ts';
import type { Contender, Row } from '../row.ts';
import { celery } from '../systems/celery.ts';
import { lovage } from '../systems/lovage.ts';
import type { Scale } from './scale.ts';

/** How long a chord takes to its body, the client and an idle worker at work at the same time. */
export function chordRows(scale: Scale): readonly Row[] {
  const some = scale(5_000);
  const many = scale(10_000);
  const ours = (store: 'redis' | 'sqlite') => lovage({ store, pool: 'async', concurrency: 100 });
  const prefork = (store: 'redis' | 'sqlite') => lovage({ store, pool: 'prefork', concurrency: 2 });

  const own = (store: 'redis' | 'sqlite', count: number): readonly Contender[] => [
    { name: 'Lovage', note: 'async, c=100', measure: () => chord(ours(store), count) },
    { name: 'Lovage, prefork', note: 'prefork, 2 children', measure: () => chord(prefork(store), count) },
  ];
  /** Which of its pools is faster depends on the machine: Lovage is held against both. */
  const python = (count: number, where = ''): readonly Contender[] => [
    {
      name: 'Celery',
      note: `prefork, 2 children${where}`,
      needs: 'celery',
      measure: () => chord(celery({ pool: 'prefork', concurrency: 2 }), count),
    },
    {
      name: 'Celery, threads',
      note: `threads, c=100${where}`,
      needs: 'celery',
      measure: () => chord(celery({ pool: 'threads', concurrency: 100 }), count),
    },
  ];
  const redis = (id: string, count: number) =>
    ({
      id,
      title: `Redis: a chord of ${count.toLocaleString('en-US')} header tasks, from its call to its body`,
      unit: 's',
      better: 'less',
      contenders: [...own('redis', count), ...python(count)],
    }) as const;

  return [
    {
      ...redis('redis-chord', some),
      targets: [
        { figure: 'body', times: 10, of: 'Celery' },
        { figure: 'body', times: 10, of: 'Celery, threads' },
      ],
    },
    { ...redis('redis-chord-10000', many), targets: [] },
    {
      id: 'sqlite-chord',
      title: `SQLite: a chord of ${many.toLocaleString('en-US')} header tasks, from its call to its body`,
      unit: 's',
      better: 'less',
      contenders: [
        ...own('sqlite', many),
        ...python(many, ', on Redis: on SQLite it did not end one of 500'),
      ],
      targets: [],
    },
  ];
}
