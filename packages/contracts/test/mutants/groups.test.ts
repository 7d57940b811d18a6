import type { GroupStore } from '@lovage/contracts';
import { groupExam, groupMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';

/** No store of ours that needs no server keeps groups apart, so the mutants are tried on the plainest that is right. */
function plainGroups(): GroupStore {
  const kept = new Map<string, { readonly payload: Uint8Array; readonly until: number }>();
  return {
    async save(id, payload, ttlMs = Infinity) {
      kept.set(id, { payload, until: Date.now() + ttlMs });
    },
    async fetch(id) {
      const group = kept.get(id);
      return group && group.until > Date.now() ? group.payload : undefined;
    },
    async forget(id) {
      kept.delete(id);
    },
  };
}

prove({
  role: 'groups',
  exam: groupExam,
  mutants: groupMutants,
  world: async (mutate) => {
    const store = plainGroups();
    return { connect: async () => mutate(store), dispose: async () => {} };
  },
});
