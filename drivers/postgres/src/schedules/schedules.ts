import {
  DriverError,
  PUT_TOGETHER,
  type RunClaim,
  type ScheduleChange,
  type ScheduleStore,
  type StoredSchedule,
} from '@lovage/contracts';
import { inBatches } from '@lovage/contracts/kit';
import type { Courier } from '../broker/courier.ts';
import { boolArray, byteaArray, int4Array, int8Array, textArray } from '../database/arrays.ts';
import type { Run } from '../database/database.ts';
import type { Session } from '../database/session.ts';
import type { Statement } from '../database/statement.ts';
import { forgetKept, kept, OUTBOX, passes } from './outbox.ts';
import { CLAIM, GET, LIST, LOCK, PUT, REMOVE, REVISION } from './statements.ts';
import { rounds } from './turns.ts';

/** Claims of one transaction: a call with more is made in several, in order, so that others get a turn. */
const CLAIM_BATCH = 1000;

/** @param courier of the broker in the same database. Without one, messages can only be kept. */
export function postgresSchedules(database: Session, courier?: Courier): ScheduleStore {
  /** Those that the statement made, of changes or claims that are made in turn. */
  async function inTurn<T extends { readonly name: string }>(
    run: Run,
    how: Statement,
    all: readonly T[],
    columns: (some: readonly T[]) => Buffer[],
  ): Promise<ReadonlySet<T>> {
    const made = new Set<T>();
    for (const round of rounds(all)) {
      const rows = await run<{ readonly n: number }>(how, columns(round));
      for (const { n } of rows) made.add(round[n - 1]!);
    }
    return made;
  }

  return {
    traits: { publishes: courier !== undefined, form: 'opaque' },

    list: async () => (await database.run<ScheduleRow>(LIST)).map(toSchedule),

    async get(name) {
      const [row] = await database.run<ScheduleRow>(GET, [name]);
      return row && toSchedule(row);
    },

    put: (changes) =>
      inBatches(changes, PUT_TOGETHER, (some) =>
        database.transaction(async (run) => {
          await run(LOCK);
          const made = await inTurn(run, PUT, some, changeColumns);
          return some.map((change) => made.has(change));
        }),
      ),

    remove: (names) =>
      inBatches(names, PUT_TOGETHER, (some) =>
        database.transaction(async (run) => {
          await run(LOCK);
          const rows = await run<{ readonly name: string }>(REMOVE, [textArray([...new Set(some)])]);
          const gone = new Set(rows.map(({ name }) => name));
          return some.map((name) => gone.delete(name));
        }),
      ),

    async claimRuns(claims, { fence, messages: where }) {
      const by = where === 'keep' ? OUTBOX : courier;
      if (!by) throw new DriverError('unsupported', `${database.label} has no broker: keep the messages`);
      const packed = claims.map((claim) => ({ ...claim, rows: by.pack(claim.messages) }));
      return inBatches(packed, CLAIM_BATCH, async (some) => {
        await by.ready(some.flatMap(({ rows }) => rows));
        const { answers, announce } = await database.transaction(async (run) => {
          if (!(await passes(run, fence))) return { answers: some.map(() => false) };
          const won = await inTurn(run, CLAIM, some, claimColumns);
          const rows = some.flatMap((claim) => (won.has(claim) ? claim.rows : []));
          return {
            answers: some.map((claim) => won.has(claim)),
            announce: rows.length > 0 ? await by.insert(run, rows) : undefined,
          };
        });
        announce?.();
        return answers;
      });
    },

    kept: (limit) => kept(database.run, limit),
    forget: (ids) => forgetKept(database.run, ids),

    async revision() {
      const [row] = await database.run<{ readonly revision: number }>(REVISION);
      return String(row!.revision);
    },

    async close() {
      await courier?.finish?.();
      await database.close();
    },
  };
}

/** Only where there is none. */
const NONE = -1;

const changeColumns = (some: readonly ScheduleChange[]): Buffer[] => [
  textArray(some.map(({ name }) => name)),
  byteaArray(some.map(({ definition }) => definition)),
  boolArray(some.map(({ enabled }) => enabled)),
  int8Array(some.map(({ since }) => since)),
  int8Array(some.map(({ replaces }) => (replaces === undefined ? null : versionOf(replaces)))),
];

const claimColumns = (some: readonly RunClaim[]): Buffer[] => [
  textArray(some.map(({ name }) => name)),
  int8Array(some.map(({ previous }) => previous ?? null)),
  int8Array(some.map(({ occurrence }) => occurrence)),
  int4Array(some.map(({ messages }) => messages.length)),
  boolArray(some.map(({ disable }) => disable ?? false)),
];

/** A version that is none of ours is that of no entry. */
function versionOf(replaces: string | null): number {
  if (replaces === null) return NONE;
  const version = Number(replaces);
  return Number.isSafeInteger(version) && version >= 0 ? version : -2;
}

interface ScheduleRow {
  readonly name: string;
  readonly definition: Uint8Array;
  readonly enabled: boolean;
  readonly since: number;
  readonly version: number;
  readonly last_run: number | null;
  readonly last_sent: number | null;
  readonly runs: number;
}

const toSchedule = (row: ScheduleRow): StoredSchedule => ({
  name: row.name,
  definition: row.definition,
  enabled: row.enabled,
  since: row.since,
  version: String(row.version),
  lastRun: row.last_run ?? undefined,
  lastSent: row.last_sent ?? undefined,
  runs: row.runs,
});
