import { DriverError, type RunClaim, type ScheduleStore } from '@lovage/contracts';
import { inBatches } from '@lovage/contracts/kit';
import {
  boolArray,
  int4Array,
  int8Array,
  OUTBOX,
  passes,
  rounds,
  type Session,
  statement,
  textArray,
} from '@lovage/postgres/kit';
import { TOUCH } from './change.ts';
import { ms, SPENT, timestamp } from './sql.ts';
import { TASKS } from './tables.ts';

/** Claims of one transaction: a call with more is written in several, in order, so that others get a turn. */
const BATCH = 1000;

/**
 * Rows are locked in one order, and looked at again once they are: of two that claim the same, the second finds it
 * claimed. What is disabled with its last run will count from then when somebody enables it.
 */
const CLAIM = statement(
  'django beat claim',
  `with given as (
      select * from unnest($1::text[], $2::int8[], $3::int8[], $4::int4[], $5::bool[]) with ordinality
        as g(name, previous, occurrence, sent, disable, o)
    ), free as (
      select p.id, g.occurrence, g.sent, g.disable, g.o from given g join ${TASKS} p on p.name = g.name
        left join lovage.django_entries e on e.id = p.id
        where p.enabled and not (${SPENT}) and ${ms('p.last_run_at')} is not distinct from g.previous
        order by p.id for update of p
    ), ran as (
      update ${TASKS} p set last_run_at = ${timestamp('f.occurrence')}, enabled = not f.disable,
          total_run_count = least(2147483647, p.total_run_count::int8 + f.sent)
        from free f where p.id = f.id returning p.id, p.total_run_count as runs
    ), noted as (
      update lovage.django_entries e set ran = true,
          last_sent = case when f.sent > 0 then f.occurrence else e.last_sent end,
          spent = case when f.disable then ran.runs else e.spent end,
          times = case when f.disable then null else e.times end
        from free f join ran on ran.id = f.id where e.id = f.id
    )
  select (o - 1)::int4 as i from free`,
);

/** As `ScheduleStore.claimRuns`, where messages can only be kept. */
export function claimer(database: Session): ScheduleStore['claimRuns'] {
  return async (claims, { fence, messages }) => {
    if (messages !== 'keep') {
      throw new DriverError(
        'unsupported',
        `${database.label}: no broker is in tables of django-celery-beat: messages of theirs can be kept only`,
      );
    }
    const packed = claims.map((claim) => ({ ...claim, rows: OUTBOX.pack(claim.messages) }));
    return inBatches(packed, BATCH, (some) =>
      database.transaction(async (run) => {
        if (!(await passes(run, fence))) return some.map(() => false);
        const won = new Set<RunClaim>();
        for (const round of rounds(some)) {
          const free = await run<{ readonly i: number }>(CLAIM, columnsOf(round));
          for (const { i } of free) won.add(round[i]!);
        }
        const rows = some.flatMap((claim) => (won.has(claim) ? claim.rows : []));
        if (rows.length > 0) await OUTBOX.insert(run, rows);
        if ([...won].some(({ disable }) => disable)) await run(TOUCH);
        return some.map((claim) => won.has(claim));
      }),
    );
  };
}

const columnsOf = (some: readonly RunClaim[]): Buffer[] => [
  textArray(some.map(({ name }) => name)),
  int8Array(some.map(({ previous }) => previous ?? null)),
  int8Array(some.map(({ occurrence }) => occurrence)),
  int4Array(some.map(({ messages }) => messages.length)),
  boolArray(some.map(({ disable = false }) => disable)),
];
