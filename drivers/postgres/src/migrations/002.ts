/**
 * Entries know when they were made, when they last sent something, and their version: the revision that put them there.
 * `fence` is the largest that has claimed. Nothing made entries before; should somebody have, their due times count from
 * now on. `schedule_outbox` holds what was claimed and is sent by another broker.
 *
 * Entries may be a hundred thousand, and are all read at once: their pages are fuller than those of the few rows that
 * change often, and swept by the share that is dead.
 */
export const claimedWithMessages = `
alter table lovage.schedules
  add column since     int8 not null default 0,
  add column last_sent int8,
  add column version   int8 not null default 0;
update lovage.schedules set since = (extract(epoch from now()) * 1000)::int8;
alter table lovage.schedules
  set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 1000);
alter table lovage.schedule_revision add column fence int8 not null default 0;
create table lovage.schedule_outbox (
  id       int8  generated always as identity primary key,
  queue    text  not null,
  due      int8  not null,
  envelope text  not null,
  body     bytea not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
`;
