/**
 * kombu's own tables, to the letter: what SQLAlchemy makes of the models of kombu 5.2. The numbers come from the
 * sequences; the columns have no defaults.
 */
export const kombuSchema = `
create sequence if not exists queue_id_sequence start with 1;
create table if not exists kombu_queue (
  id   integer not null,
  name varchar(200),
  primary key (id),
  unique (name)
);
create sequence if not exists message_id_sequence start with 1;
create table if not exists kombu_message (
  id          integer  not null,
  visible     boolean,
  "timestamp" timestamp without time zone,
  payload     text     not null,
  version     smallint not null,
  queue_id    integer,
  primary key (id),
  constraint "FK_kombu_message_queue" foreign key (queue_id) references kombu_queue (id)
);
create index if not exists ix_kombu_message_visible on kombu_message (visible);
create index if not exists ix_kombu_message_timestamp_id on kombu_message ("timestamp", id);
create index if not exists ix_kombu_message_timestamp on kombu_message ("timestamp");
`;

/** Not out. In a form that kombu's own index of `visible` does not serve: see `readyIndex`. */
export const VISIBLE = 'visible is not false';
/** When it was last out, or was put back; what never was comes last, as in kombu's order. */
export const WHEN = `coalesce("timestamp", 'infinity'::timestamp)`;
export const NUMBER = '(id::int8)';
/** kombu's order. */
export const BY_AGE = `${WHEN}, ${NUMBER}`;

/**
 * In kombu's order, and without the rows that Python has consumed and never deletes, which would stand in front. Its
 * columns are expressions, so that no index of kombu's can take its place: which of them is faster depends on what is in
 * the table, and a plan that was made of an empty one would sort a whole backlog for each claim.
 */
export const readyIndex = `
create index if not exists lovage_kombu_message_ready on kombu_message (queue_id, (${WHEN}), ${NUMBER})
  where ${VISIBLE};
`;
