import type { ResultBackend, ResultRecord } from '@lovage/contracts';
import { Watchers } from '@lovage/contracts/kit';
import { Door } from '../door.ts';
import { type ChordTable, memoryChords, sweepChords } from './chords.ts';
import type { ResultStore } from './result-store.ts';

/** One way in to the results of a hub. */
export function memoryResults(store: ResultStore, chords: ChordTable): ResultBackend {
  const door = new Door('this memory result backend');
  const find = (taskIds: readonly string[]): ResultRecord[] =>
    taskIds.flatMap((taskId) => store.find(taskId) ?? []);

  // The store tells of everything; nothing need be subscribed to.
  const watchers = new Watchers({
    subscribe: async () => {},
    unsubscribe: async () => {},
    current: async (taskIds) => find(taskIds),
  });
  const deliver = (record: ResultRecord): void => watchers.deliver(record);
  store.listeners.add(deliver);

  return {
    traits: { shared: false, durable: false },
    replyTo: undefined,
    chords: memoryChords(chords, store, door),

    async store(records) {
      door.assertOpen();
      store.store(records);
    },

    async fetch(taskIds) {
      door.assertOpen();
      return new Map(find(taskIds).map((record) => [record.taskId, record]));
    },

    async watch(onRecord) {
      door.assertOpen();
      return watchers.watch(onRecord);
    },

    async forget(taskIds) {
      door.assertOpen();
      for (const taskId of taskIds) store.forget(taskId);
    },

    async sweep(limit) {
      door.assertOpen();
      const swept = store.sweep(limit);
      return swept + sweepChords(chords, limit - swept);
    },

    async close() {
      door.shut();
      store.listeners.delete(deliver);
    },
  };
}
