import type { DelayedMessage, Envelope } from '@lovage/contracts';
import { readEnvelope } from '@lovage/protocol';
import type { Session } from '../database/session.ts';
import { repeatable, statement } from '../database/statement.ts';
import { depthsBy } from './depths.ts';
import { announceReady } from './wakes.ts';

/* What operators see of a queue without consuming it, and what they take from it. */

/** Rows that one transaction deletes. */
const DELETE_BATCH = 10_000;
/** How long one may take, in ms, and a count. */
const PATIENT = { limitMs: 60_000 };

const READY = 'lease is null and due is null';

const DEPTH = repeatable(
  'depth',
  `select id,
    ((select count(*) from lovage.messages where queue = look.id and ${READY})
      + (select count(*) from lovage.messages where queue = look.id and due <= $2::int8))::int as ready,
    (select count(*) from lovage.messages where queue = look.id and due > $2::int8)::int as delayed,
    (select count(*) from lovage.messages where queue = look.id and lease is not null)::int as claimed
  from unnest($1::int4[]) as look(id)`,
  PATIENT,
);
/** What is due counts as ready, whether or not a claim has moved it yet. */
const PEEK = repeatable(
  'peek',
  `select envelope, body from (
    (select envelope, body, rank, id from lovage.messages where queue = $1 and ${READY} order by rank desc, id limit $2)
    union all
    (select envelope, body, rank, id from lovage.messages where queue = $1 and due <= $3::int8)
  ) as next order by rank desc, id limit $2`,
  PATIENT,
);
const DELAYED = repeatable(
  'delayed',
  `select envelope, body, due from lovage.messages where queue = $1 and due > $3::int8 order by due, id limit $2`,
  PATIENT,
);
const HASTEN = statement(
  'hasten',
  `update lovage.messages m set due = null from (
    select ctid as place from lovage.messages where queue = $1 and due is not null order by due, id limit $2 for update
  ) as soonest where m.ctid = soonest.place returning m.queue`,
  PATIENT,
);
const PURGE = {
  ready: purging('purge ready', `queue = $1 and ${READY}`),
  parked: purging('purge parked', 'queue = $1 and due is not null'),
} as const;
const LOCK = repeatable('lock queue', 'select id from lovage.queues where id = $1 for update', PATIENT);
const EXCESS = repeatable(
  'excess',
  `select count(*)::int as total, min(rank) as rank from lovage.messages where queue = $1 and ${READY}`,
  PATIENT,
);
/** One rank at a time: within it the index is in the order in which they go. */
const TRIM = purging('trim', `queue = $1 and rank = $2 and ${READY}`, 'id', '$3');

function purging(name: string, where: string, order = 'queue', limit = String(DELETE_BATCH)) {
  return statement(
    name,
    `with gone as (delete from lovage.messages where ctid = any (array(
      select ctid from lovage.messages where ${where} order by ${order} limit ${limit} for update skip locked)) returning 1)
    select count(*)::int as gone from gone`,
    PATIENT,
  );
}

interface Kept {
  readonly envelope: string;
  readonly body: Uint8Array;
}

export const depths = depthsBy.bind(undefined, DEPTH);

export async function peek(database: Session, queue: number, limit: number): Promise<Envelope[]> {
  const rows = await database.run<Kept>(PEEK, [queue, Math.max(0, limit), Date.now()]);
  return rows.map(({ envelope, body }) => readEnvelope(envelope, body).envelope);
}

export async function delayed(database: Session, queue: number, limit: number): Promise<DelayedMessage[]> {
  const rows = await database.run<Kept & { readonly due: number }>(DELAYED, [
    queue,
    Math.max(0, limit),
    Date.now(),
  ]);
  return rows.map(({ envelope, body, due }) => ({
    envelope: readEnvelope(envelope, body).envelope,
    notBefore: due,
  }));
}

/** The soonest become ready, before their time. */
export async function hasten(database: Session, queue: number, limit: number): Promise<number> {
  const rows = await database.run(HASTEN, [queue, Math.max(0, limit)]);
  if (rows.length > 0) announceReady(database, [queue]);
  return rows.length;
}

/** In steps, so that a queue of a million holds up nobody. */
export async function purge(database: Session, queue: number): Promise<number> {
  let gone = 0;
  for (const where of ['ready', 'parked'] as const) {
    let step: number;
    do {
      const [row] = await database.run<{ readonly gone: number }>(PURGE[where], [queue]);
      step = row!.gone;
      gone += step;
    } while (step === DELETE_BATCH);
  }
  return gone;
}

/** In steps as well. Each looks anew how many are too many, one at a time for a queue, so that none too many go. */
export async function trim(database: Session, queue: number, keep: number): Promise<number> {
  let gone = 0;
  for (;;) {
    const step = await database.transaction(async (run) => {
      await run(LOCK, [queue]);
      const [row] = await run<{ readonly total: number; readonly rank: number | null }>(EXCESS, [queue]);
      const excess = row!.total - Math.max(0, keep);
      if (excess <= 0) return 0;
      const [trimmed] = await run<{ readonly gone: number }>(TRIM, [
        queue,
        row!.rank,
        Math.min(excess, DELETE_BATCH),
      ]);
      return trimmed!.gone;
    });
    if (step === 0) return gone;
    gone += step;
  }
}
