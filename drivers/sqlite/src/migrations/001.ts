/**
 * The first schema.
 *
 * messages    what can be claimed or is claimed: `consumer` is null, or the lease (a row of `consumers`) it is out under
 * parked      what is not due; kept apart so that a million of them cost a claim nothing
 * consumers   one lease each: renewing a consumer's thousand deliveries writes this one row
 * results     newest state of each task; `seq` grows with every store, so a watcher reads only what is new to it
 *
 * `autoincrement` everywhere an id outlives its row: a receipt, a fence or a watcher's place must never
 * come to mean another row.
 */
export const first = `
create table queues (
  name        text primary key,
  dead_letter text
) without rowid;

create table messages (
  id          integer primary key autoincrement,
  queue       text    not null,
  rank        integer not null,
  envelope    text    not null,
  body        blob    not null,
  lost        integer not null default 0,
  redelivered integer not null default 0,
  consumer    integer
);
create index messages_ready on messages (queue, rank desc, id) where consumer is null;
create index messages_held on messages (consumer) where consumer is not null;

create table parked (
  id       integer primary key,
  due      integer not null,
  queue    text    not null,
  rank     integer not null,
  envelope text    not null,
  body     blob    not null
);
create index parked_due on parked (queue, due);

create table consumers (
  id    integer primary key autoincrement,
  name  text    not null,
  until integer not null
);

create table results (
  seq     integer primary key autoincrement,
  key     integer not null,
  task_id text    not null,
  state   text    not null,
  final   integer not null,
  payload blob    not null,
  expires integer
);
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
