/** Revocations. `seq` grows with every addition, so whoever follows reads only what is new; see `autoincrement` in 001. */
export const revocations = `
create table revocations (
  seq   integer primary key autoincrement,
  key   text    not null unique,
  until integer not null
);
create index revocations_until on revocations (until);
`;
