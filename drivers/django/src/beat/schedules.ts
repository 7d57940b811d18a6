import type { ScheduleStore } from '@lovage/contracts';
import { forgetKept, kept, repeatable, type Session } from '@lovage/postgres/kit';
import { put, remove } from './change.ts';
import { claimer } from './claim.ts';
import { look } from './look.ts';
import type { BeatTables } from './tables.ts';

/** Also by Python, whenever something but a last run changes. */
const REVISION = repeatable(
  'django beat revision',
  `select to_char(last_update at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as revision
    from django_celery_beat_periodictasks where ident = 1`,
);

/**
 * Entries in the tables of django-celery-beat, which Django's admin edits, and a beat in Python may have run before or will
 * after. `last_run_at` is the due time of the last run, `total_run_count` how many messages were sent.
 */
export function djangoSchedules(database: Session, tables: BeatTables): ScheduleStore {
  return {
    traits: { publishes: false, form: 'django' },
    list: () => look(database),
    get: async (name) => (await look(database, [name]))[0],
    put: (changes) => put(database, tables, changes),
    remove: (names) => remove(database, names),
    claimRuns: claimer(database),
    kept: (limit) => kept(database.run, limit),
    forget: (ids) => forgetKept(database.run, ids),
    async revision() {
      const [row] = await database.run<{ readonly revision: string }>(REVISION);
      return row?.revision ?? 'never';
    },
    close: () => database.close(),
  };
}
