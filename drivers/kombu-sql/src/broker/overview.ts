import type { DelayedMessage, Envelope } from '@lovage/contracts';
import { announceReady, depthsBy, repeatable, type Session, statement } from '@lovage/postgres/kit';
import { BY_AGE, VISIBLE } from '../tables/kombu.ts';
import { readPayload } from './payload.ts';
import { localTimestamp, NEXT_VERSION } from './statements.ts';
import { TOPIC } from './wakes.ts';

/* What operators see of a queue without consuming it, and what they take from it. What Python has taken is not seen. */

/** Rows that one transaction deletes. */
const DELETE_BATCH = 10_000;
/** How long one may take, in ms, and a count. */
const PATIENT = { limitMs: 60_000 };

const HELD = 'lovage_kombu_message_held h join kombu_message m on m.id = h.message';

const DEPTH = repeatable(
  'kombu depth',
  `select id,
    ((select count(*) from kombu_message where queue_id = look.id and ${VISIBLE})
      + (select count(*) from ${HELD} where h.queue = look.id and h.due <= $2::int8))::int as ready,
    (select count(*) from ${HELD} where h.queue = look.id and h.due > $2::int8)::int as delayed,
    (select count(*) from ${HELD} where h.queue = look.id and h.lease is not null)::int as claimed
  from unnest($1::int4[]) as look(id)`,
  PATIENT,
);
/** What is due counts as ready, whether or not a claim has moved it yet. */
const PEEK = repeatable(
  'kombu peek',
  `select payload from (
    (select id, "timestamp", payload from kombu_message where queue_id = $1 and ${VISIBLE}
      order by ${BY_AGE} limit $2)
    union all
    (select m.id, m."timestamp", m.payload from ${HELD} where h.queue = $1 and h.due <= $3::int8)
  ) as next order by ${BY_AGE} limit $2`,
  PATIENT,
);
const DELAYED = repeatable(
  'kombu delayed',
  `select m.payload, h.due from ${HELD} where h.queue = $1 and h.due > $3::int8 order by h.due, h.message limit $2`,
  PATIENT,
);
const HASTEN = statement(
  'kombu hasten',
  `with soonest as materialized (
    select message from lovage_kombu_message_held where queue = $1 and due is not null
    order by due, message limit $2 for update
  ), ripe as (
    delete from lovage_kombu_message_held where message = any (array(select message from soonest)) returning message
  )
  update kombu_message m set visible = true, "timestamp" = $3::timestamp, version = ${NEXT_VERSION}
  where id = any (array(select message from ripe)) returning m.queue_id as queue`,
  PATIENT,
);
const PURGE_READY = statement(
  'kombu purge ready',
  `with gone as (delete from kombu_message where id = any (array(
    select id from kombu_message where queue_id = $1 and ${VISIBLE} order by ${BY_AGE} limit ${DELETE_BATCH}
      for update skip locked)) returning 1)
  select count(*)::int as gone from gone`,
  PATIENT,
);
const PURGE_PARKED = statement(
  'kombu purge parked',
  `with gone as (delete from lovage_kombu_message_held where message = any (array(
    select message from lovage_kombu_message_held where queue = $1 and due is not null order by due, message
      limit ${DELETE_BATCH} for update skip locked)) returning message),
  removed as (delete from kombu_message where id = any (array(select message from gone)))
  select count(*)::int as gone from gone`,
  PATIENT,
);
const LOCK = repeatable(
  'kombu lock queue',
  'select id from kombu_queue where id = $1 for no key update',
  PATIENT,
);
const EXCESS = repeatable(
  'kombu excess',
  `select count(*)::int as total from kombu_message where queue_id = $1 and ${VISIBLE}`,
  PATIENT,
);
const TRIM = statement(
  'kombu trim',
  `with gone as (delete from kombu_message where id = any (array(
    select id from kombu_message where queue_id = $1 and ${VISIBLE} order by ${BY_AGE} limit $2
      for update skip locked)) returning 1)
  select count(*)::int as gone from gone`,
  PATIENT,
);

export const depths = depthsBy.bind(undefined, DEPTH);

export async function peek(database: Session, queue: number, limit: number): Promise<Envelope[]> {
  const rows = await database.run<{ readonly payload: string }>(PEEK, [
    queue,
    Math.max(0, limit),
    Date.now(),
  ]);
  return rows.map(({ payload }) => readPayload(payload).envelope);
}

export async function delayed(database: Session, queue: number, limit: number): Promise<DelayedMessage[]> {
  const rows = await database.run<{ readonly payload: string; readonly due: number }>(DELAYED, [
    queue,
    Math.max(0, limit),
    Date.now(),
  ]);
  return rows.map(({ payload, due }) => ({ envelope: readPayload(payload).envelope, notBefore: due }));
}

/** The soonest become ready, before their time. */
export async function hasten(database: Session, queue: number, limit: number): Promise<number> {
  const rows = await database.run(HASTEN, [queue, Math.max(0, limit), localTimestamp(new Date())]);
  if (rows.length > 0) announceReady(database, [queue], TOPIC);
  return rows.length;
}

/** In steps, so that a queue of a million holds up nobody. */
export async function purge(database: Session, queue: number): Promise<number> {
  let gone = 0;
  for (const statement of [PURGE_READY, PURGE_PARKED]) {
    let step: number;
    do {
      const [row] = await database.run<{ readonly gone: number }>(statement, [queue]);
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
      const [row] = await run<{ readonly total: number }>(EXCESS, [queue]);
      const excess = row!.total - Math.max(0, keep);
      if (excess <= 0) return 0;
      const [trimmed] = await run<{ readonly gone: number }>(TRIM, [queue, Math.min(excess, DELETE_BATCH)]);
      return trimmed!.gone;
    });
    if (step === 0) return gone;
    gone += step;
  }
}
