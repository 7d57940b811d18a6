import type { ChordPart, ChordProgress, ChordStore } from '@lovage/contracts';
import type { Session } from '../session.ts';

/** Arrivals are counted on the chord's own row, so the last of 5,000 parts costs no more than the first. */
export function sqliteChords(database: Session): ChordStore {
  return {
    open: (chordId, size, ttlMs) =>
      database.write(() => {
        database
          .statement('insert into chords (id, size, expires) values (?, ?, ?) on conflict (id) do nothing')
          .run(chordId, size, Date.now() + ttlMs);
      }),

    grow: (chordId, by) =>
      database.write(() => {
        database.statement('update chords set size = size + ? where id = ?').run(by, chordId);
      }),

    arrive: (chordId, part) => database.write(() => arrive(database, chordId, part)),

    drop: (chordId) =>
      database.write(() => {
        database.statement('delete from chord_parts where chord = ?').run(chordId);
        database.statement('delete from chords where id = ?').run(chordId);
      }),
  };
}

function arrive(database: Session, chordId: string, part: ChordPart): ChordProgress {
  // Unknown, dropped or expired: nobody waits for it any more.
  const added = database
    .statement(`insert into chord_parts (chord, task_id, idx, state, payload)
      select ?1, ?2, ?3, ?4, ?5 from chords where id = ?1 and expires > ?6
      on conflict (chord, task_id) do nothing`)
    .run(chordId, part.taskId, part.index, part.state, part.payload, Date.now()).changes;
  if (added === 1) {
    database
      .statement(`update chords set arrived = arrived + 1,
        winner = coalesce(winner, iif(arrived + 1 >= size, ?2, null)) where id = ?1`)
      .run(chordId, part.taskId);
  }
  const won = database
    .statement('select 1 from chords where id = ? and winner = ?')
    .get(chordId, part.taskId);
  if (!won) return { complete: false };
  const rows = database
    .statement('select task_id, idx, state, payload from chord_parts where chord = ? order by idx, task_id')
    .all(chordId);
  return {
    complete: true,
    parts: rows.map((row) => ({
      taskId: row['task_id'] as string,
      index: row['idx'] as number,
      state: row['state'] as string,
      payload: row['payload'] as Uint8Array,
    })),
  };
}
