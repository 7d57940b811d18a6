import { repeatable, statement } from '../database/statement.ts';

/* Names of one statement are distinct: of an entry that comes twice, each is in a statement of its own. */

const COLUMNS = 'name, definition, enabled, since, version, last_run, last_sent, runs';
/** By their bytes, whatever the database's language says. */
export const LIST = repeatable(
  'list schedules',
  `select ${COLUMNS} from lovage.schedules order by name collate "C"`,
);
export const GET = repeatable('get schedule', `select ${COLUMNS} from lovage.schedules where name = $1`);
export const REVISION = repeatable('revision', 'select revision from lovage.schedule_revision');

/**
 * First in every transaction that writes, so that these go one by one: what the next statements see stays true, and
 * nobody holds an entry that another waits for.
 */
export const LOCK = statement('lock schedules', 'select fence from lovage.schedule_revision for update');
export const FENCE = statement('fence schedules', 'update lovage.schedule_revision set fence = $1');

const REVISE = 'update lovage.schedule_revision set revision = revision + 1';

/** `replaces`: null over whatever there is, -1 only where there is none, else over that version. */
export const PUT = statement(
  'put schedules',
  `with given as (
    select g.* from unnest($1::text[], $2::bytea[], $3::bool[], $4::int8[], $5::int8[]) with ordinality
      as g(name, definition, enabled, since, replaces, n) left join lovage.schedules s on s.name = g.name
    where g.replaces is null or g.replaces = coalesce(s.version, -1)
  ), revised as (
    ${REVISE} where exists (select from given)
  ), made as (
    insert into lovage.schedules (name, definition, enabled, since, version)
      select g.name, g.definition, g.enabled, g.since, r.revision + 1 from given g, lovage.schedule_revision r
      on conflict (name) do update set definition = excluded.definition, enabled = excluded.enabled,
        since = excluded.since, version = excluded.version
  )
  select n::int from given`,
);

export const REMOVE = statement(
  'remove schedules',
  `with gone as (
    delete from lovage.schedules where name = any($1::text[]) returning name
  ), revised as (
    ${REVISE} where exists (select from gone)
  )
  select name from gone`,
);

export const CLAIM = statement(
  'claim runs',
  `with won as (
    update lovage.schedules s set last_run = g.occurrence, runs = s.runs + g.messages,
      last_sent = case when g.messages > 0 then g.occurrence else s.last_sent end,
      enabled = not g.disable, version = case when g.disable then r.revision + 1 else s.version end
    from unnest($1::text[], $2::int8[], $3::int8[], $4::int4[], $5::bool[]) with ordinality
      as g(name, previous, occurrence, messages, disable, n), lovage.schedule_revision r
    where s.name = g.name and s.enabled and s.last_run is not distinct from g.previous
    returning g.n, g.disable
  ), revised as (
    ${REVISE} where exists (select from won where disable)
  )
  select n::int from won`,
);

export const KEEP = statement(
  'keep messages of schedules',
  `insert into lovage.schedule_outbox (queue, due, envelope, body)
    select queue, due, envelope, body from unnest($1::text[], $2::int8[], $3::text[], $4::bytea[]) with ordinality
      as m(queue, due, envelope, body, n) order by n`,
);
export const KEPT = repeatable(
  'kept messages of schedules',
  'select id, queue, due, envelope, body from lovage.schedule_outbox order by id limit $1',
);
export const FORGET = repeatable(
  'forget messages of schedules',
  'delete from lovage.schedule_outbox where id = any($1::int8[])',
);
