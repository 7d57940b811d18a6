/**
 * Our crontab beside Celery 5.2's, on 2,000 random expressions and moments: the same sets of numbers, the same refusals,
 * the same next time. Where they differ on purpose, the difference is named here, and nothing else may differ.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Crontab, crontab } from '@lovage/beat';
import { zonedToUtc } from '@lovage/protocol';
import { requireService } from '../../tools/services.ts';
import { isNearChange, wallAt } from '../clocks.ts';
import { type Answer, type FieldName, type Question, questions } from '../crontab-questions.ts';
import { askPython } from '../python.ts';

const SEED = 20261121;
const COUNT = 2000;

const skip = requireService('celery');

describe("a crontab beside Celery's", { skip }, () => {
  let asked: readonly Question[];
  let answers: readonly Answer[];
  before(async () => {
    asked = questions(COUNT, SEED);
    answers = await askPython('next_runs.py', asked);
  });

  test('is refused where Celery refuses it, and means the same numbers', (context) => {
    const counts = { alike: 0, refusedByBoth: 0, onlyWeRefuse: 0, onlyCeleryRefuses: 0 };
    for (const [index, question] of asked.entries()) {
      const [answer, ours] = [answers[index]!, read(question)];
      const what = `${JSON.stringify(question)}: ${JSON.stringify(answer).slice(0, 300)}, ours ${ours}`;
      if ('refused' in answer) {
        if (ours === undefined) counts.refusedByBoth += 1;
        else {
          // We take spaces around commas everywhere; Celery beside plain numbers only.
          assert.ok(
            names.some((name) => question[name].includes(' ')),
            what,
          );
          counts.onlyCeleryRefuses += 1;
        }
      } else if (ours === undefined) {
        assert.ok('never' in answer || names.some((name) => isLaxInCelery(question[name], name)), what);
        counts.onlyWeRefuse += 1;
      } else {
        const values = {
          minute: ours.minute.values,
          hour: ours.hour.values,
          day_of_week: ours.dayOfWeek.values,
          day_of_month: ours.dayOfMonth.values,
          month_of_year: ours.monthOfYear.values,
        };
        assert.deepEqual(values, answer.sets, what);
        counts.alike += 1;
      }
    }
    context.diagnostic(JSON.stringify(counts));
    assert.ok(counts.alike > 1500 && counts.refusedByBoth > 100, JSON.stringify(counts));
  });

  test('is due next when Celery says so', (context) => {
    const counts = { same: 0, nearChange: 0, westOfGreenwich: 0 };
    for (const { question, ours, answer } of comparable()) {
      const next = ours.next(new Date(question.after))!.getTime();
      const what = `${ours} after ${show(question.after)}: ours ${show(next)}`;
      // Celery's times, put on a clock that is changed, by our rule.
      assert.equal(show(next), show(expected(ours, question, answer.walls)), what);
      // And its one answer, where it knows what the clock shows.
      if (answer.direct === wallAt(next, question.zone)) counts.same += 1;
      else if (isNearChange(question.after, question.zone) || isNearChange(next, question.zone)) {
        // It reckons as if clocks were never changed.
        counts.nearChange += 1;
      } else {
        // 5.2 takes midnight for UTC's, and so leaves out the rest of a month when asked in the evening of America.
        assert.ok(isEveningInTheWest(question), `${what}, Celery's clock ${show(answer.direct)}`);
        assert.ok(answer.direct > wallAt(next, question.zone), what);
        counts.westOfGreenwich += 1;
      }
    }
    context.diagnostic(JSON.stringify(counts));
    assert.ok(counts.same > 1000, JSON.stringify(counts));
  });

  test('in UTC there is no difference at all', () => {
    let compared = 0;
    for (const { question, ours, answer } of comparable()) {
      if (question.zone !== 'UTC') continue;
      assert.equal(show(ours.next(new Date(question.after))!.getTime()), show(answer.direct), String(ours));
      compared += 1;
    }
    assert.ok(compared > 400, `${compared}`);
  });

  function* comparable() {
    for (const [index, question] of asked.entries()) {
      const [answer, ours] = [answers[index]!, read(question)];
      if (ours !== undefined && 'walls' in answer) yield { question, ours, answer };
    }
  }
});

const names: readonly FieldName[] = ['minute', 'hour', 'day_of_week', 'day_of_month', 'month_of_year'];

const show = (ms: number) => new Date(ms).toISOString();

function read(question: Question): Crontab | undefined {
  try {
    return crontab({
      minute: question.minute,
      hour: question.hour,
      dayOfWeek: question.day_of_week,
      dayOfMonth: question.day_of_month,
      monthOfYear: question.month_of_year,
      timezone: question.zone,
    });
  } catch (error) {
    assert.equal((error as Error).name, 'InvalidSchedule');
    return undefined;
  }
}

/** What Celery takes and we refuse, since it does not mean what it looks like. */
function isLaxInCelery(text: string, name: FieldName): boolean {
  return text.split(',').some(
    (part) =>
      // It ignores what follows something that it could read: 1-5-7 is 1-5, and so is "1-5 x".
      /^(\w+?-\w+(\/\w+)?|\*\/\w+)\W/.test(part) ||
      // It takes names of weekdays for numbers everywhere.
      (name !== 'day_of_week' && /(sun|mon)/.test(part)) ||
      // A name may end in digits.
      /(sun|mon)[a-z]*\d/.test(part),
  );
}

const isEveningInTheWest = ({ zone, after, day_of_month, month_of_year }: Question) =>
  Math.floor(wallAt(after, zone) / 86_400_000) < Math.floor(after / 86_400_000) &&
  (day_of_month !== '*' || month_of_year !== '*');

/** The first instant after the question at which one of these times is due: what `docs/decisions/0060` says, in few words. */
function expected(ours: Crontab, { zone, after }: Question, walls: readonly number[]): number {
  const runsOn =
    ours.hour.values.length === 24 || (ours.minute.values.length > 1 && ours.minute.text.includes('*'));
  const instants = walls.flatMap((wall) => {
    const first = zonedToUtc(wall, zone);
    const instead = wallAt(first, zone);
    if (!runsOn) return [first];
    if (instead !== wall) return wantsHour(ours, instead) ? [] : [first];
    return [0, 0.5, 1].map((hours) => first + hours * 3_600_000).filter((at) => wallAt(at, zone) === wall);
  });
  return Math.min(...instants.filter((at) => at > after));
}

function wantsHour(ours: Crontab, wall: number): boolean {
  const date = new Date(wall);
  return (
    ours.hour.values.includes(date.getUTCHours()) &&
    ours.dayOfMonth.values.includes(date.getUTCDate()) &&
    ours.monthOfYear.values.includes(date.getUTCMonth() + 1) &&
    ours.dayOfWeek.values.includes(date.getUTCDay())
  );
}
