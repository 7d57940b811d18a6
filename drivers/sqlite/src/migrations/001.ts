/**
 * The first schema.
 *
 * A message's payload is written once, into `messages`, and stays there until it is settled. Where the message
 * stands is one narrow row that moves between three tables, each in the order in which it is read:
 *
 *   parked    not due yet, by queue and time; a million of them cost a claim nothing
 *   ready     to be claimed next, by queue, rank and age
 *   claimed   out under a lease, a row of `consumers`; to renew a thousand deliveries writes that one row
 *
 * `results.seq` grows with every store, so a watcher reads only what is new to it; its numbers are drawn from
 * `result_sequence`, many at a time. `autoincrement` stands where a number must never come to mean another row:
 * a lease, a fence, a reader's place.
 */
export const first = `
create table queues (
  name        text primary key,
  dead_letter text
) without rowid;

create table messages (
  id       integer primary key,
  envelope text not null,
  body     blob not null
);
create table parked (
  queue text    not null,
  due   integer not null,
  id    integer not null,
  rank  integer not null,
  primary key (queue, due, id)
) without rowid;
create table ready (
  queue       text    not null,
  rank        integer not null,
  id          integer not null,
  lost        integer not null default 0,
  redelivered integer not null default 0,
  primary key (queue, rank desc, id)
) without rowid;
create table claimed (
  lease integer not null,
  id    integer not null,
  queue text    not null,
  rank  integer not null,
  lost  integer not null,
  primary key (lease, id)
) without rowid;

create table consumers (
  id    integer primary key autoincrement,
  name  text    not null,
  until integer not null
);

create table results (
  seq     integer primary key,
  key     integer not null,
  task_id text    not null,
  state   text    not null,
  final   integer not null,
  payload blob    not null,
  expires integer
);
create table result_sequence (
  only integer primary key check (only = 1),
  last integer not null
);
insert into result_sequence values (1, 0);
create index results_key on results (key);
create index results_expires on results (expires) where expires is not null;

create table chords (
  id      text    primary key,
  size    integer not null,
  arrived integer not null default 0,
  winner  text,
  expires integer not null
) without rowid;
create index chords_expires on chords (expires);
create table chord_parts (
  chord   text    not null,
  task_id text    not null,
  idx     integer not null,
  state   text    not null,
  payload blob    not null,
  unique (chord, task_id)
);

create table bus (
  seq     integer primary key autoincrement,
  channel text    not null,
  topic   text    not null,
  headers text    not null,
  body    blob    not null,
  sent    integer not null
);
create index bus_channel on bus (channel);

create table schedules (
  name       text    primary key,
  definition blob    not null,
  enabled    integer not null,
  last_run   integer,
  runs       integer not null default 0
) without rowid;
create table schedule_revision (
  only     integer primary key check (only = 1),
  revision integer not null
);
insert into schedule_revision values (1, 0);

create table locks (
  fence   integer primary key autoincrement,
  name    text    not null unique,
  owner   text    not null,
  until   integer not null
);
create index locks_until on locks (until);
`;
