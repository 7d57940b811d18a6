import type { ScheduleStore, StoredSchedule } from '@lovage/contracts';
import { Door } from './door.ts';

/** The schedules that all stores of one hub share. */
export interface ScheduleTable {
  readonly entries: Map<string, StoredSchedule>;
  revision: number;
}

export function memorySchedules(table: ScheduleTable): ScheduleStore {
  const door = new Door('this memory schedule store');
  const { entries } = table;

  return {
    async list() {
      door.assertOpen();
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async put(definition) {
      door.assertOpen();
      const { lastRun, runs } = entries.get(definition.name) ?? { lastRun: undefined, runs: 0 };
      entries.set(definition.name, { ...definition, lastRun, runs });
      table.revision += 1;
    },

    async remove(name) {
      door.assertOpen();
      const existed = entries.delete(name);
      if (existed) table.revision += 1;
      return existed;
    },

    async claimRun(name, previous, occurrence) {
      door.assertOpen();
      const entry = entries.get(name);
      if (!entry || entry.lastRun !== previous) return false;
      entries.set(name, { ...entry, lastRun: occurrence, runs: entry.runs + 1 });
      return true;
    },

    async revision() {
      door.assertOpen();
      return String(table.revision);
    },

    async close() {
      door.shut();
    },
  };
}
