import { REVOCATIONS_KEPT, type RevocationStore } from '@lovage/contracts';
import { readStoredRevocation, storedRevocation } from '@lovage/contracts/kit';
import { Door } from './door.ts';

/** The revocations that all stores of one hub share. */
export interface RevocationTable {
  /** By key, in the order of `turn`: what was added last is last. */
  readonly entries: Map<string, { readonly untilMs: number; readonly turn: number }>;
  /** Of the last addition. */
  turn: number;
}

export function memoryRevocations(table: RevocationTable): RevocationStore {
  const door = new Door('this memory revocation store');
  const { entries } = table;

  function forgetEnded(now: number): void {
    for (const [key, { untilMs }] of entries) if (untilMs <= now) entries.delete(key);
  }

  return {
    async add(revocations) {
      door.assertOpen();
      const stored = revocations.map(storedRevocation);
      const now = Date.now();
      forgetEnded(now);
      for (const { key, untilMs } of stored) {
        if (untilMs <= Math.max(now, entries.get(key)?.untilMs ?? 0)) continue;
        entries.delete(key); // Else it would keep its old place.
        entries.set(key, { untilMs, turn: ++table.turn });
      }
      for (const oldest of entries.keys()) {
        if (entries.size <= REVOCATIONS_KEPT) break;
        entries.delete(oldest);
      }
    },

    async since(cursor = '0') {
      door.assertOpen();
      const now = Date.now();
      const asked = /^\d+$/.test(cursor) ? Number(cursor) : 0;
      const from = asked <= table.turn ? asked : 0;
      const cursorNow = String(table.turn);
      if (from === table.turn) return { revocations: [], cursor: cursorNow };
      const fresh = [...entries].filter(([, { untilMs, turn }]) => turn > from && untilMs > now);
      const revocations = fresh.map(([key, { untilMs }]) => readStoredRevocation({ key, untilMs }));
      return { revocations, cursor: cursorNow };
    },

    async close() {
      door.shut();
    },
  };
}
