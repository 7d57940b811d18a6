import type {
  ChordArrival,
  ChordMember,
  ChordPart,
  ChordProgress,
  ChordStore,
  ReviewedChord,
} from '@lovage/contracts';
import type { Session } from '../session.ts';
import { prepareRecord, storeRecords } from './store.ts';

/** Arrivals are counted on the chord's own row, so the last of 5,000 parts costs no more than the first. */
export function sqliteChords(database: Session): ChordStore {
  return {
    open: ({ id, members, plan, ttlMs }) =>
      database.write(() => {
        const now = Date.now();
        const { changes } = database
          .statement(
            'insert into chords (id, size, seen, expires) values (?, ?, ?, ?) on conflict do nothing',
          )
          .run(id, members.length, now, now + ttlMs);
        if (changes === 0) return;
        database
          .statement('insert into chord_plans (chord, members, plan) values (?, ?, ?)')
          .run(id, JSON.stringify(members), plan);
      }),

    grow: (chordId, { taskId, index }) =>
      database.write(() => {
        const added = database
          .statement(`insert into chord_grown (chord, task_id, idx)
            select ?1, ?2, ?3 from chords where id = ?1 on conflict do nothing`)
          .run(chordId, taskId, index).changes;
        if (added === 1) database.statement('update chords set size = size + 1 where id = ?').run(chordId);
      }),

    async arrive(arrivals) {
      const prepared = arrivals.flatMap(({ records = [] }) => records.map(prepareRecord));
      return database.write(() => {
        const now = Date.now();
        storeRecords(database, prepared, now);
        return arrivals.map((arrival) => arrive(database, arrival, now));
      });
    },

    drop: (chordId) => database.write(() => dropChord(database, chordId)),

    review: (afterMs, limit) => database.write(() => review(database, Date.now(), afterMs, limit)),
  };
}

/** Inside a transaction. */
export function dropChord(database: Session, chordId: string): void {
  database.statement('delete from chord_parts where chord = ?').run(chordId);
  database.statement('delete from chord_grown where chord = ?').run(chordId);
  database.statement('delete from chord_plans where chord = ?').run(chordId);
  database.statement('delete from chords where id = ?').run(chordId);
}

function arrive(
  database: Session,
  { chordId, part, held = false }: ChordArrival,
  now: number,
): ChordProgress {
  // Unknown, dropped or expired: nobody waits for it any more.
  const added = database
    .statement(`insert into chord_parts (chord, task_id, idx, state, payload)
      select ?1, ?2, ?3, ?4, ?5 from chords where id = ?1 and expires > ?6
      on conflict (chord, task_id) do nothing`)
    .run(chordId, part.taskId, part.index, part.state, part.payload, now).changes;
  if (added === 1) {
    database
      .statement(`update chords set arrived = arrived + 1,
        winner = coalesce(winner, iif(arrived + 1 >= size, ?2, null)) where id = ?1`)
      .run(chordId, part.taskId);
  }
  const won = database
    .statement(`update chords set completed = coalesce(completed, ?3), held = ?4
      where id = ?1 and winner = ?2`)
    .run(chordId, part.taskId, now, Number(held)).changes;
  return won === 1 ? { complete: true, parts: partsOf(database, chordId) } : { complete: false };
}

function partsOf(database: Session, chordId: string): ChordPart[] {
  return database
    .statement('select task_id, idx, state, payload from chord_parts where chord = ? order by idx, task_id')
    .all(chordId)
    .map((row) => ({
      taskId: row['task_id'] as string,
      index: row['idx'] as number,
      state: row['state'] as string,
      payload: row['payload'] as Uint8Array,
    }));
}

interface ChordRow {
  readonly id: string;
  readonly winner: string | null;
  readonly completed: number | null;
  readonly held: number;
}

function review(database: Session, now: number, afterMs: number, limit: number): ReviewedChord[] {
  const rows = database
    .statement(`update chords set seen = ?1 where id in (select id from chords
        where seen <= ?2 and expires > ?1 order by seen limit ?3)
      returning id, winner, completed, held`)
    .all(now, now - afterMs, limit) as unknown as ChordRow[];
  return rows.map((row) => reviewed(database, row, now - afterMs));
}

function reviewed(database: Session, row: ChordRow, before: number): ReviewedChord {
  const { id, winner, completed, held } = row;
  const { members, plan } = database
    .statement('select members, plan from chord_plans where chord = ?')
    .get(id) as unknown as { readonly members: string; readonly plan: Uint8Array };
  const parts = partsOf(database, id);
  const arrived = new Set(parts.map(({ taskId }) => taskId));
  const missing = membersOf(database, id, members).filter(({ taskId }) => !arrived.has(taskId));
  const lost = completed !== null && completed <= before && held === 0;
  const last = lost ? parts.find(({ taskId }) => taskId === winner) : undefined;
  return { id, plan, missing, ...(last ? { last } : {}) };
}

function membersOf(database: Session, id: string, members: string): ChordMember[] {
  const first = (JSON.parse(members) as readonly string[]).map((taskId, index) => ({ taskId, index }));
  const grown = database.statement('select task_id, idx from chord_grown where chord = ?').all(id);
  return [
    ...first,
    ...grown.map((row) => ({ taskId: row['task_id'] as string, index: row['idx'] as number })),
  ];
}
