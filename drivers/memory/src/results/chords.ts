import type { ChordPart, ChordStore } from '@lovage/contracts';
import type { Door } from '../door.ts';

interface Chord {
  size: number;
  /** By task id. */
  readonly parts: Map<string, ChordPart>;
  readonly until: number;
  /** The task whose part completed it. */
  completedBy?: string;
}

/** The chords that all backends of one hub share, by id. */
export type ChordTable = Map<string, Chord>;

export function memoryChords(table: ChordTable, door: Door): ChordStore {
  /** The chord, unless its time is over. */
  function find(chordId: string): Chord | undefined {
    door.assertOpen();
    const chord = table.get(chordId);
    if (chord && chord.until <= Date.now()) table.delete(chordId);
    return table.get(chordId);
  }

  return {
    async open(chordId, size, ttlMs) {
      if (!find(chordId)) table.set(chordId, { size, parts: new Map(), until: Date.now() + ttlMs });
    },

    async grow(chordId, by) {
      const chord = find(chordId);
      if (chord) chord.size += by;
    },

    async arrive(chordId, part) {
      const chord = find(chordId);
      if (!chord) return { complete: false };
      if (!chord.parts.has(part.taskId)) chord.parts.set(part.taskId, part);
      if (chord.parts.size >= chord.size) chord.completedBy ??= part.taskId;
      if (chord.completedBy !== part.taskId) return { complete: false };
      return { complete: true, parts: [...chord.parts.values()].sort((a, b) => a.index - b.index) };
    },

    async drop(chordId) {
      door.assertOpen();
      table.delete(chordId);
    },
  };
}
