/**
 * Entries know when they were made, when they last sent something, and their version: the revision that put them there.
 * `fence` is the largest that has claimed. Nothing made entries before; should somebody have, their due times count from
 * now on. `schedule_outbox` holds what was claimed and is sent by another broker.
 */
export const claimedWithMessages = `
alter table schedules add column since integer not null default 0;
alter table schedules add column last_sent integer;
alter table schedules add column version integer not null default 0;
update schedules set since = unixepoch() * 1000;
alter table schedule_revision add column fence integer not null default 0;
create table schedule_outbox (
  id       integer primary key autoincrement,
  queue    text    not null,
  due      integer not null,
  envelope text    not null,
  body     blob    not null
);
`;
