import type { GroupStore } from '../../src/index.ts';
import { altered, type Mutant, TOO_LONG_MS } from './mutant.ts';

function groupMutant(
  name: string,
  noticedBy: string,
  changes: (store: GroupStore) => Partial<GroupStore>,
): Mutant<GroupStore> {
  return { name, noticedBy, mutate: (store) => altered(store, changes(store)) };
}

export const groupMutants: readonly Mutant<GroupStore>[] = [
  groupMutant('keeps groups to itself', 'what one saves another finds, as it was', (store) => {
    const own = crypto.randomUUID();
    return {
      save: async (id, payload, ttlMs) => store.save(`${own}${id}`, payload, ttlMs),
      fetch: async (id) => store.fetch(`${own}${id}`),
    };
  }),
  groupMutant('keeps what was saved first', 'saved again, it is what was saved last', (store) => ({
    async save(id, payload, ttlMs) {
      if (!(await store.fetch(id))) await store.save(id, payload, ttlMs);
    },
  })),
  groupMutant('has one place for all', 'groups do not mix', (store) => ({
    save: async (_, payload, ttlMs) => store.save('the group', payload, ttlMs),
    fetch: async () => store.fetch('the group'),
    forget: async () => store.forget('the group'),
  })),
  groupMutant('forgets nothing', 'groups do not mix', () => ({ forget: async () => {} })),
  groupMutant('wants to know what it forgets', 'forgetting what is not there is fine', (store) => ({
    async forget(id) {
      if (!(await store.fetch(id))) throw new Error('unknown');
      await store.forget(id);
    },
  })),
  groupMutant('never expires', 'it is kept as long as was said', (store) => ({
    save: async (id, payload) => store.save(id, payload, TOO_LONG_MS),
  })),
  groupMutant('expires all at once', 'it is kept as long as was said', (store) => ({
    save: async (id, payload) => store.save(id, payload, 40),
  })),
];
