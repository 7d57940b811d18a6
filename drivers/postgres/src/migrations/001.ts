/**
 * The first schema. Times are epoch ms.
 *
 * A message is one row of `messages`, and stands in exactly one of its three indexes: it is ready, parked until it is
 * due, or claimed. So each move writes one row and one index, and no index grows by what the others hold.
 * There is no index on `id`: who has claimed a row knows its place (ctid), which nobody else changes while it is claimed.
 * `replica identity full` is for databases that publish all their tables: without a key they would refuse to delete.
 *
 * A lease is a row of `consumers`. To renew a thousand deliveries writes that one row.
 *
 * Ids of tasks and chords are 16 bytes; see `ids.ts`. `results_expires` counts in minutes, so that the many that expire
 * in the same one share an entry.
 *
 * Autovacuum comes by the number of dead rows, not by their share: a queue is empty most of the time.
 */
const OFTEN = `autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000`;
const OFTEN_TOAST = `toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000,
  toast.autovacuum_vacuum_cost_delay = 0`;
/** A few rows that change often: their dead versions are swept up within the page. */
const HOT = 'fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000';

export const first = `
create table lovage.queues (
  id          int generated always as identity primary key,
  name        text not null unique,
  dead_letter int
);

create table lovage.messages (
  id          int8     generated always as identity,
  due         int8,
  queue       int4     not null,
  lease       int4,
  rank        int2     not null,
  lost        int2     not null default 0,
  redelivered boolean  not null default false,
  envelope    text     not null,
  body        bytea    not null
) with (${OFTEN}, ${OFTEN_TOAST});
alter table lovage.messages replica identity full;
create index messages_ready on lovage.messages (queue, rank desc, id) where lease is null and due is null;
create index messages_parked on lovage.messages (queue, due, id) where due is not null;
create index messages_claimed on lovage.messages (lease) where lease is not null;

create table lovage.consumers (
  id    int generated always as identity primary key,
  name  text not null,
  until int8 not null
) with (${HOT});

create table lovage.results (
  task    uuid    primary key,
  expires int8,
  final   boolean not null,
  name    text,
  state   text    not null,
  payload bytea   not null
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index results_expires on lovage.results ((expires / 60000)) where expires is not null;

create table lovage.chords (
  id        uuid    primary key,
  expires   int8    not null,
  seen      int8    not null,
  completed int8,
  winner    uuid,
  size      int     not null,
  arrived   int     not null default 0,
  held      boolean not null default false,
  name      text,
  members   text    not null,
  plan      bytea   not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index chords_expires on lovage.chords (expires);
create index chords_seen on lovage.chords (seen);
create table lovage.chord_parts (
  chord   uuid  not null,
  task    uuid  not null,
  idx     int   not null,
  name    text,
  state   text  not null,
  payload bytea not null,
  primary key (chord, task)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
create table lovage.chord_grown (
  chord uuid not null,
  task  uuid not null,
  idx   int  not null,
  name  text,
  primary key (chord, task)
);

create sequence lovage.bus_numbers;
create table lovage.bus (
  seq     int8 primary key,
  sent    int8 not null,
  channel text not null,
  message text not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create table lovage.bus_pollers (
  id    uuid primary key,
  until int8 not null
) with (${HOT});

create table lovage.schedules (
  name       text    primary key,
  definition bytea   not null,
  enabled    boolean not null,
  last_run   int8,
  runs       int8    not null default 0
) with (${HOT});
create table lovage.schedule_revision (
  single   boolean primary key default true check (single),
  revision int8    not null
) with (${HOT});
insert into lovage.schedule_revision (revision) values (0);

create sequence lovage.fences;
create table lovage.locks (
  name  text primary key,
  owner text not null,
  fence int8 not null,
  until int8 not null
) with (${HOT});

create table lovage.revocations (
  seq   int8 primary key,
  key   text not null unique,
  until int8 not null
);
create index revocations_until on lovage.revocations (until);
create table lovage.revocation_sequence (
  single boolean primary key default true check (single),
  last   int8    not null
) with (${HOT});
insert into lovage.revocation_sequence (last) values (0);
`;
