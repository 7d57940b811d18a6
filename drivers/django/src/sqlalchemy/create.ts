/** Until the end of the transaction. */
export const LOCK = "select pg_advisory_xact_lock(hashtextextended('lovage celery_taskmeta', 0))";

/**
 * As Celery's models do since 4.3, whether or not `result_extended` is set: its columns are there, and empty without it.
 */
export const CREATE = `
create sequence if not exists task_id_sequence;
create sequence if not exists taskset_id_sequence;
create table if not exists celery_taskmeta (
  id        integer not null,
  task_id   varchar(155),
  status    varchar(50),
  result    bytea,
  date_done timestamp without time zone,
  traceback text,
  name      varchar(155),
  args      bytea,
  kwargs    bytea,
  worker    varchar(155),
  retries   integer,
  queue     varchar(155),
  primary key (id),
  unique (task_id)
);
create table if not exists celery_tasksetmeta (
  id         integer not null,
  taskset_id varchar(155),
  result     bytea,
  date_done  timestamp without time zone,
  primary key (id),
  unique (taskset_id)
);
`;
