import { DriverError, type ScheduleStore } from '@lovage/contracts';
import { boolArray, int4Array, int8Array, type Session, statement, textArray } from '@lovage/postgres/kit';
import { TOUCH } from './change.ts';
import { inRounds } from './in-rounds.ts';
import type { Outbox } from './outbox.ts';
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
export function claimer(database: Session, outbox: Outbox): ScheduleStore['claimRuns'] {
  return async (claims, { fence, messages }) => {
    if (messages !== 'keep') {
      throw new DriverError(
        'unsupported',
        `${database.label}: no broker is in tables of django-celery-beat: messages of theirs can be kept only`,
      );
    }
    const prepared = claims.map((claim) => ({ ...claim, rows: outbox.prepare(claim.messages) }));
    const answers: boolean[] = [];
    for (let from = 0; from < prepared.length; from += BATCH) {
      const some = prepared.slice(from, from + BATCH);
      answers.push(
        ...(await database.transaction(async (run) => {
          const won = some.map(() => false);
          if (!(await outbox.passes(run, fence))) return won;
          for (const round of inRounds(some)) {
            const found = await run<{ readonly i: number }>(CLAIM, [
              textArray(round.map(({ name }) => name)),
              int8Array(round.map(({ previous }) => previous ?? null)),
              int8Array(round.map(({ occurrence }) => occurrence)),
              int4Array(round.map(({ rows }) => rows.length)),
              boolArray(round.map(({ disable = false }) => disable)),
            ]);
            for (const { i } of found) won[some.indexOf(round[i]!)] = true;
          }
          await outbox.keep(
            run,
            some.flatMap(({ rows }, i) => (won[i] ? rows : [])),
          );
          if (some.some(({ disable }, i) => disable && won[i])) await run(TOUCH);
          return won;
        })),
      );
    }
    return answers;
  };
}
