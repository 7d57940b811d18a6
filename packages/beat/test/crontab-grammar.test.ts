import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crontab, InvalidSchedule } from '../src/index.ts';
import * as rules from '../src/schedules/crontab-field.ts';
import { type FieldRule, readField } from '../src/schedules/crontab-field.ts';
import { vectors } from './captures.ts';

const RULES: Readonly<Record<string, FieldRule>> = {
  '60,0': rules.MINUTE,
  '24,0': rules.HOUR,
  '31,1': rules.DAY_OF_MONTH,
  '12,1': rules.MONTH_OF_YEAR,
  '7,0': rules.DAY_OF_WEEK,
};

const valuesOr = (pattern: unknown, rule: FieldRule): readonly number[] | 'refused' => {
  try {
    return readField(pattern, rule).values;
  } catch (error) {
    assert.ok(error instanceof InvalidSchedule);
    return 'refused';
  }
};

suite("a crontab's fields", () => {
  for (const version of ['5.2.6', '5.6.3'] as const) {
    test(`read as Celery ${version} reads them`, () => {
      for (const [max, min, pattern, expected] of vectors(version)['crontab_parser(max,min,spec)']) {
        const ours = valuesOr(pattern, RULES[`${max},${min}`]!);
        // Names of months are of 5.6; we have them beside a 5.2 too.
        if (version === '5.2.6' && max === 12 && /^[a-z]/i.test(pattern)) continue;
        assert.deepEqual(ours, typeof expected === 'string' ? 'refused' : expected, `'${pattern}' of ${max}`);
      }
    });
  }

  test('may be numbers, lists and sets', () => {
    const { minute, hour, dayOfWeek } = crontab({ minute: 5, hour: [17, 9, 9], dayOfWeek: new Set([6, 0]) });
    assert.deepEqual(
      [minute, hour, dayOfWeek],
      [
        { text: '5', values: [5] },
        { text: '9,17', values: [9, 17] },
        { text: '0,6', values: [0, 6] },
      ],
    );
  });

  test('count a step through the wrap', () => {
    assert.deepEqual(readField('fri-mon/2', rules.DAY_OF_WEEK).values, [0, 5]);
    assert.deepEqual(readField('22-3/3', rules.HOUR).values, [1, 22]);
    assert.deepEqual(readField('*/100', rules.MINUTE).values, [0]);
  });

  test('take spaces around commas, capitals and long names', () => {
    assert.deepEqual(readField(' Monday-WED , fri', rules.DAY_OF_WEEK), {
      text: 'Monday-WED,fri',
      values: [1, 2, 3, 5],
    });
  });

  const refused: readonly (readonly [fields: object, message: RegExp])[] = [
    [{ minute: 60 }, /minute cannot be 60: give whole numbers from 0 to 59$/],
    [{ minute: '60' }, /minute cannot be "60": 60 is not from 0 to 59$/],
    [{ minute: 1.5 }, /minute cannot be 1.5/],
    [{ minute: '' }, /nothing stands before, after or between its commas/],
    [{ minute: '1,,2' }, /nothing stands/],
    [{ minute: '5/10' }, /"5\/10": a step needs '\*' or a range before it, as in '5-59\/10'/],
    [{ minute: '*/0' }, /after '\/' comes a whole number from 1/],
    [{ minute: '*/-5' }, /give '\*', '\*\/2'/],
    [{ minute: '-1' }, /minute cannot be "-1"/],
    [{ minute: '0,x' }, /minute cannot be "x" in "0,x": 'x' is no number from 0 to 59$/],
    [{ minute: 'mon' }, /'mon' is no number from 0 to 59$/],
    [{ minute: '1-5;rm' }, /minute cannot be "1-5;rm"/],
    [{ minute: [] }, /an empty list: give at least one number/],
    [{ minute: ['5'] }, /minute cannot be "5"/],
    [{ minute: null }, /minute cannot be null: give a text/],
    [{ timezone: null }, /timezone null is unknown/],
    [{ minute: true }, /give a text, a number or a list of numbers/],
    [{ minute: '1,'.repeat(150) }, /300 characters are too many; 240 at most/],
    [{ hour: 24 }, /hour cannot be 24/],
    [{ dayOfMonth: 0 }, /dayOfMonth cannot be 0: give whole numbers from 1 to 31/],
    [{ dayOfWeek: 7 }, /from 0 to 6; Sunday is 0/],
    [{ dayOfWeek: 'mon-sol' }, /'sol' is no number from 0 to 6, or a name such as 'mon'/],
    [{ dayOfWeek: 'mon1' }, /'mon1' is no number/],
    [{ monthOfYear: 'juno-x' }, /'x' is no number from 1 to 12, or a name such as 'feb'/],
    [{ dayOfMonth: '30,31', monthOfYear: 'feb' }, /"30,31" never comes in monthOfYear "feb"/],
    [{ dayOfMonth: 31, monthOfYear: '4,6,9,11' }, /never comes/],
    [{ timezone: 'Europe/Pargue' }, /timezone "Europe\/Pargue" is unknown; give an IANA name/],
    [{ timezone: '+02:00' }, /is unknown/],
    [{ timezone: 5 }, /timezone 5 is unknown/],
    [{ day_of_week: 1 }, /no "day_of_week"; did you mean dayOfWeek\?/],
    [{ second: 1 }, /no "second"; it takes minute, hour/],
  ];
  for (const [fields, message] of refused) {
    test(`${JSON.stringify(fields).slice(0, 60)} is refused with the reason`, () => {
      assert.throws(() => crontab(fields), { name: 'InvalidSchedule', message });
    });
  }

  test('the last of 29 February is not refused', () => {
    assert.ok(crontab({ dayOfMonth: 29, monthOfYear: 2 }));
  });
});
