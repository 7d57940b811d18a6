/**
 * kombu's own tables, to the letter: what SQLAlchemy makes of the models of kombu 5.2 to 5.5. The numbers come from the
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

/**
 * In kombu's order, and without the rows that Python has consumed and never deletes: they would stand in front of each
 * claim, Python's own too.
 */
export const readyIndex = `
create index if not exists lovage_kombu_message_ready on kombu_message (queue_id, "timestamp", id) where visible;
`;
