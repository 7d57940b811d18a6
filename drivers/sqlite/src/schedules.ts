import type { ScheduleStore } from '@lovage/contracts';
import type { Session } from './session.ts';

export function sqliteSchedules(database: Session): ScheduleStore {
  const revise = () => database.statement('update schedule_revision set revision = revision + 1').run();

  return {
    list: () =>
      database.read(() =>
        database
          .statement('select name, definition, enabled, last_run, runs from schedules order by name')
          .all()
          .map((row) => ({
            name: row['name'] as string,
            definition: row['definition'] as Uint8Array,
            enabled: row['enabled'] === 1,
            lastRun: (row['last_run'] as number | null) ?? undefined,
            runs: row['runs'] as number,
          })),
      ),

    put: ({ name, definition, enabled }) =>
      database.write(() => {
        database
          .statement(`insert into schedules (name, definition, enabled) values (?, ?, ?) on conflict (name)
            do update set definition = excluded.definition, enabled = excluded.enabled`)
          .run(name, definition, Number(enabled));
        revise();
      }),

    remove: (name) =>
      database.write(() => {
        const removed = database.statement('delete from schedules where name = ?').run(name).changes === 1;
        if (removed) revise();
        return removed;
      }),

    claimRun: (name, previous, occurrence) =>
      database.write(() => {
        const { changes } = database
          .statement('update schedules set last_run = ?, runs = runs + 1 where name = ? and last_run is ?')
          .run(occurrence, name, previous ?? null);
        return changes === 1;
      }),

    revision: () =>
      database.read(() =>
        String(database.statement('select revision from schedule_revision').get()?.['revision']),
      ),

    close: () => database.close(),
  };
}
