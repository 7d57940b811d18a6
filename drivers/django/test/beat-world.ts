import type { ScheduleStore, StoredSchedule } from '@lovage/contracts';
import { definitionOf } from './definitions.ts';
import { World } from './world.ts';

export const TASKS = 'django_celery_beat_periodictask';
const FENCED = { fence: 1, messages: 'keep' } as const;
/** When entries were put. */
export const SINCE = Date.parse('2026-01-01T00:00:00Z');

/** The definition of an entry, which must be there. */
export const text = (entry: StoredSchedule | undefined): string => Buffer.from(entry!.definition).toString();

/** A database with the tables of django-celery-beat, a store of ours on them, and Django's hand. */
export async function beatWorld() {
  const world = await World.create('django');
  const store: ScheduleStore = world.open().schedules();

  /** As Django's admin does it, which says when in the other table. */
  async function inDjango(sql: string, at = new Date().toISOString()): Promise<void> {
    await world.query(sql);
    await world.query(
      `insert into django_celery_beat_periodictasks (ident, last_update) values (1, '${at}')
        on conflict (ident) do update set last_update = excluded.last_update`,
    );
  }

  return {
    world,
    store,
    inDjango,

    put: (name: string, more: object = {}, columns = {}) =>
      store.put([{ name, definition: definitionOf(columns), enabled: true, since: SINCE, ...more }]),

    async claim(name: string, previous: number | undefined, occurrence: number, more: object = {}) {
      return (await store.claimRuns([{ name, previous, occurrence, messages: [], ...more }], FENCED))[0];
    },

    /** A row with Django's defaults. */
    make(name: string, columns: Readonly<Record<string, string | number>> = {}, at?: string): Promise<void> {
      const all = {
        ...{ name, task: 't', args: '[1, 2]', kwargs: '{}', headers: '{}', description: '', one_off: false },
        ...{ enabled: true, total_run_count: 0, date_changed: '2020-01-01T00:00:00Z', ...columns },
      };
      const values = Object.values(all).map((value) => `'${value}'`);
      return inDjango(
        `insert into ${TASKS} (${Object.keys(all).join(', ')}) values (${values.join(', ')})`,
        at,
      );
    },

    /** The id of a row of every ten seconds. */
    async interval(): Promise<number> {
      const sql = `insert into django_celery_beat_intervalschedule (every, period) values (10, 'seconds') returning id`;
      return (await world.query<{ id: number }>(sql))[0]!.id;
    },

    dispose: () => world.dispose(),
  };
}
