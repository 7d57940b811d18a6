import {
  DriverError,
  type KeptMessage,
  PUT_TOGETHER,
  type RunClaim,
  type ScheduleChange,
  type ScheduleStore,
  type ScheduleTraits,
  type StoredSchedule,
} from '@lovage/contracts';
import { inBatches } from '@lovage/contracts/kit';
import { readEnvelope } from '@lovage/protocol';
import { insert } from './broker/queues.ts';
import { type MessageRow, toRow } from './broker/rows.ts';
import type { Session } from './session.ts';

const TRAITS: ScheduleTraits = { publishes: true, form: 'opaque' };

const COLUMNS = 'name, definition, enabled, since, version, last_run, last_sent, runs';

/** Claims of one transaction: a call with more is written in several, in order, so that others get a turn. */
const CLAIM_BATCH = 1000;

export function sqliteSchedules(database: Session): ScheduleStore {
  return {
    traits: TRAITS,

    list: () =>
      database.read(() =>
        database.statement(`select ${COLUMNS} from schedules order by name`).all().map(toSchedule),
      ),

    get: (name) =>
      database.read(() => {
        const row = database.statement(`select ${COLUMNS} from schedules where name = ?`).get(name);
        return row && toSchedule(row);
      }),

    put: (changes) =>
      inBatches(changes, PUT_TOGETHER, (some) => database.write(() => revising(database, some, change))),

    remove: (names) =>
      inBatches(names, PUT_TOGETHER, (some) =>
        database.write(() =>
          revising(
            database,
            some,
            (_, name) => database.statement('delete from schedules where name = ?').run(name).changes === 1,
          ),
        ),
      ),

    async claimRuns(claims, { fence, messages: where }) {
      return inBatches(claims.map(prepare), CLAIM_BATCH, (some) =>
        database.write(() => {
          if (!passes(database, fence)) return some.map(() => false);
          const answers = revising(database, some, claim, (each) => each.disable);
          const rows = some.flatMap((each, i) => (answers[i] ? each.rows : []));
          if (where === 'publish') insert(database, rows, Date.now());
          else for (const row of rows) keep(database, row);
          return answers;
        }),
      );
    },

    kept: (limit) =>
      database.read(() =>
        database
          .statement('select id, queue, due, envelope, body from schedule_outbox order by id limit ?')
          .all(Math.max(0, limit))
          .map(toKept),
      ),

    forget: (ids) =>
      database.write(() => {
        for (const id of ids) database.statement('delete from schedule_outbox where id = ?').run(id);
      }),

    revision: () => database.read(() => String(revisionOf(database))),

    close: () => database.close(),
  };
}

/** A claim with all that can be worked out before the transaction: what cannot be encoded fails here. */
interface Prepared {
  readonly name: string;
  readonly previous: number | null;
  readonly occurrence: number;
  readonly rows: readonly MessageRow[];
  readonly disable: boolean;
}

const prepare = ({ name, previous, occurrence, messages, disable = false }: RunClaim): Prepared => ({
  name,
  previous: previous ?? null,
  occurrence,
  rows: messages.map(toRow),
  disable,
});

const revisionOf = (database: Session): number =>
  database.statement('select revision from schedule_revision').get()?.['revision'] as number;

/** Inside a transaction: does them in turn, and moves the revision by each that did something that `moves` it. */
function revising<T>(
  database: Session,
  all: readonly T[],
  make: (database: Session, each: T, next: number) => boolean,
  moves: (each: T) => boolean = () => true,
): boolean[] {
  const from = revisionOf(database);
  let revision = from;
  const answers = all.map((each) => {
    const made = make(database, each, revision + 1);
    if (made && moves(each)) revision += 1;
    return made;
  });
  if (revision > from) database.statement('update schedule_revision set revision = ?').run(revision);
  return answers;
}

const INSERT =
  'insert into schedules (name, definition, enabled, since, version) values (?1, ?2, ?3, ?4, ?5)';
const REPLACE = 'set definition = ?2, enabled = ?3, since = ?4, version = ?5';

/** Inside a transaction. */
function change(database: Session, entry: ScheduleChange, version: number): boolean {
  const { name, definition, enabled, since, replaces } = entry;
  const values = [name, definition, Number(enabled), since, version] as const;
  const run = (sql: string, ...more: number[]) =>
    database.statement(sql).run(...values, ...more).changes === 1;
  if (replaces === undefined) return run(`${INSERT} on conflict (name) do update ${REPLACE}`);
  if (replaces === null) return run(`${INSERT} on conflict (name) do nothing`);
  return run(`update schedules ${REPLACE} where name = ?1 and version = ?6`, Number(replaces));
}

const CLAIM = `update schedules set last_run = ?3, runs = runs + ?4,
    last_sent = case when ?4 > 0 then ?3 else last_sent end,
    enabled = case when ?5 then 0 else 1 end, version = case when ?5 then ?6 else version end
  where name = ?1 and enabled and last_run is ?2`;

/** Inside a transaction. */
function claim(database: Session, each: Prepared, version: number): boolean {
  const { name, previous, occurrence, rows, disable } = each;
  return (
    database.statement(CLAIM).run(name, previous, occurrence, rows.length, Number(disable), version)
      .changes === 1
  );
}

/** Inside a transaction: no larger fence has been here, and no smaller one will pass after this. */
function passes(database: Session, fence: number): boolean {
  const largest = database.statement('select fence from schedule_revision').get()?.['fence'] as number;
  if (fence > largest) database.statement('update schedule_revision set fence = ?').run(fence);
  return fence >= largest;
}

function keep(database: Session, { queue, due, envelope, body }: MessageRow): void {
  database
    .statement('insert into schedule_outbox (queue, due, envelope, body) values (?, ?, ?, ?)')
    .run(queue, due, envelope, body);
}

type Row = Readonly<Record<string, unknown>>;

const toSchedule = (row: Row): StoredSchedule => ({
  name: row['name'] as string,
  definition: row['definition'] as Uint8Array,
  enabled: row['enabled'] === 1,
  since: row['since'] as number,
  version: String(row['version']),
  lastRun: (row['last_run'] as number | null) ?? undefined,
  lastSent: (row['last_sent'] as number | null) ?? undefined,
  runs: row['runs'] as number,
});

function toKept(row: Row): KeptMessage {
  const id = String(row['id']);
  const stored = readEnvelope(row['envelope'] as string, row['body'] as Uint8Array);
  if ('fault' in stored) {
    throw new DriverError('corrupt', `row ${id} of schedule_outbox: ${stored.fault}: repair or delete it`);
  }
  const { envelope } = stored;
  const queue = row['queue'] as string;
  const notBefore = row['due'] as number;
  return { id, message: notBefore > 0 ? { queue, envelope, notBefore } : { queue, envelope } };
}
