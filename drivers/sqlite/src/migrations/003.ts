/**
 * What it takes to repair a chord that lost a part: who its members are, what follows it, when it was last looked at.
 * `completed` is when a part completed it, `held` whether the broker still has that part's message.
 * A plan may be long, and a chord's row is written with each part: so it stands in a table of its own. Chords that are
 * open when this is applied have none, and are left as they are.
 */
export const chordRepair = `
alter table chords add column seen integer;
alter table chords add column completed integer;
alter table chords add column held integer not null default 0;
create index chords_seen on chords (seen) where seen is not null;
create table chord_plans (
  chord   text primary key,
  members text not null,
  plan    blob not null
);
create table chord_grown (
  chord   text    not null,
  task_id text    not null,
  idx     integer not null,
  primary key (chord, task_id)
) without rowid;
`;
