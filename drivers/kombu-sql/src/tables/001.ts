/** A few rows that change often: their dead versions are swept up within the page. */
const HOT = 'fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000';
/** By the number of dead rows, not by their share: it is nearly empty most of the time. */
const OFTEN = `autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000`;

/**
 * Our tables beside kombu's. A message that is invisible is ours if it has a row in `held`, which says under which lease
 * it is claimed, or (epoch ms) when it is due; otherwise Python has consumed it. A lease is a row of `leases`: to renew
 * a thousand messages writes that one row.
 */
export const first = `
create table lovage_kombu_message_held (
  message int4 primary key,
  queue   int4 not null,
  lease   int4,
  due     int8,
  check ((lease is null) <> (due is null))
) with (${OFTEN});
create index lovage_kombu_message_claimed on lovage_kombu_message_held (lease) where lease is not null;
create index lovage_kombu_message_due on lovage_kombu_message_held (due, message) where due is not null;
create index lovage_kombu_message_parked on lovage_kombu_message_held (queue, due, message) where due is not null;

create table lovage_kombu_message_leases (
  id    int generated always as identity primary key,
  name  text not null,
  until int8 not null
) with (${HOT});

create table lovage_kombu_message_dead_letters (
  queue       int4 primary key,
  dead_letter int4 not null
);
`;

/** In order. The version is how many have been applied; none is ever changed once released. */
export const migrations: readonly string[] = [first];
