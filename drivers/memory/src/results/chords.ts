import type {
  ChordArrival,
  ChordMember,
  ChordPart,
  ChordProgress,
  ChordStore,
  ReviewedChord,
} from '@lovage/contracts';
import type { Door } from '../door.ts';
import type { ResultStore } from './result-store.ts';

interface Chord {
  /** By task id. */
  readonly members: Map<string, ChordMember>;
  readonly parts: Map<string, ChordPart>;
  readonly plan: Uint8Array;
  readonly until: number;
  /** When it was opened, or last reviewed. */
  seen: number;
  /** The part that completed it. */
  last?: { readonly part: ChordPart; readonly at: number; held: boolean };
}

/** The chords that all backends of one hub share, by id. */
export type ChordTable = Map<string, Chord>;

export function memoryChords(table: ChordTable, results: ResultStore, door: Door): ChordStore {
  /** The chord, unless its time is over. */
  function find(chordId: string): Chord | undefined {
    door.assertOpen();
    const chord = table.get(chordId);
    if (chord && chord.until <= Date.now()) table.delete(chordId);
    return table.get(chordId);
  }

  return {
    async open({ id, members, plan, ttlMs }) {
      if (find(id)) return;
      const now = Date.now();
      const known = members.map((taskId, index) => [taskId, { taskId, index }] as const);
      table.set(id, { members: new Map(known), parts: new Map(), plan, until: now + ttlMs, seen: now });
    },

    async grow(chordId, member) {
      const chord = find(chordId);
      if (chord && !chord.members.has(member.taskId)) chord.members.set(member.taskId, member);
    },

    async arrive(arrivals) {
      return arrivals.map((arrival) => {
        const chord = find(arrival.chordId);
        results.store(arrival.records ?? []);
        return chord ? count(chord, arrival) : { complete: false };
      });
    },

    async drop(chordId) {
      door.assertOpen();
      table.delete(chordId);
    },

    async review(afterMs, limit) {
      door.assertOpen();
      const now = Date.now();
      const found: ReviewedChord[] = [];
      for (const id of table.keys()) {
        if (found.length === limit) break;
        const chord = find(id);
        if (!chord || chord.seen > now - afterMs) continue;
        chord.seen = now;
        found.push(reviewed(id, chord, now - afterMs));
      }
      return found;
    },
  };
}

function count(chord: Chord, { part, held = false }: ChordArrival): ChordProgress {
  if (!chord.parts.has(part.taskId)) chord.parts.set(part.taskId, part);
  if (chord.parts.size >= chord.members.size) chord.last ??= { part, at: Date.now(), held };
  if (chord.last?.part.taskId !== part.taskId) return { complete: false };
  chord.last.held = held;
  return { complete: true, parts: [...chord.parts.values()].sort((a, b) => a.index - b.index) };
}

function reviewed(id: string, { members, parts, plan, last }: Chord, before: number): ReviewedChord {
  const missing = [...members.values()].filter(({ taskId }) => !parts.has(taskId));
  const lost = last && !last.held && last.at <= before;
  return { id, plan, missing, ...(lost ? { last: last.part } : {}) };
}

/** Forgets at most `limit` chords whose time is over. Returns how many. */
export function sweepChords(table: ChordTable, limit: number): number {
  const now = Date.now();
  let swept = 0;
  for (const [id, { until }] of table) {
    if (swept === limit) break;
    if (until > now) continue;
    table.delete(id);
    swept += 1;
  }
  return swept;
}
