import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  clocked,
  crontab,
  type DjangoRow,
  every,
  readSchedule,
  type Schedule,
  scheduleFromDjangoRow,
  scheduleFromJson,
  scheduleToDjangoRow,
  solar,
} from '../src/index.ts';

const SCHEDULES: readonly (readonly [Schedule, json: object, text: string])[] = [
  [every(90), { type: 'interval', seconds: 90 }, 'every 90 s'],
  [
    every({ days: 1 }, { relative: true, timezone: 'Asia/Tokyo' }),
    { type: 'interval', seconds: 86400, relative: true, timezone: 'Asia/Tokyo' },
    'every 86400 s, relative',
  ],
  [
    crontab({ minute: [30, 0], hour: '*/6', dayOfWeek: 'mon-fri', timezone: 'Europe/Prague' }),
    {
      ...{ type: 'crontab', minute: '0,30', hour: '*/6', dayOfWeek: 'mon-fri' },
      ...{ dayOfMonth: '*', monthOfYear: '*', timezone: 'Europe/Prague' },
    },
    'crontab 0,30 */6 * * mon-fri (m/h/dM/MY/d), Europe/Prague',
  ],
  [
    crontab({ minute: 5 }),
    { type: 'crontab', minute: '5', hour: '*', dayOfWeek: '*', dayOfMonth: '*', monthOfYear: '*' },
    'crontab 5 * * * * (m/h/dM/MY/d)',
  ],
  [
    solar('sunset', 50.08, -14.43),
    { type: 'solar', event: 'sunset', latitude: 50.08, longitude: -14.43 },
    'sunset at latitude 50.08, longitude -14.43',
  ],
  [
    clocked('2026-12-24T18:00:00.5+01:00'),
    { type: 'clocked', at: '2026-12-24T17:00:00.500Z' },
    'at 2026-12-24T17:00:00.500Z',
  ],
];

suite('a schedule', () => {
  for (const [schedule, json, text] of SCHEDULES) {
    test(`${text} is JSON and comes back`, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(schedule)), json);
      const again = scheduleFromJson(JSON.parse(JSON.stringify(schedule)));
      assert.deepEqual(again.toJSON(), json);
      const now = new Date('2026-03-01T00:00:00Z');
      assert.deepEqual(again.next(now), schedule.next(now));
      assert.equal(String(again), text);
      assert.equal(readSchedule(schedule), schedule);
    });
  }

  test('may be given as seconds, a timedelta, a count or its JSON', () => {
    for (const given of [
      300,
      { minutes: 5 },
      { every: 5, period: 'minutes' },
      { type: 'interval', seconds: 300 },
    ])
      assert.deepEqual(readSchedule(given).toJSON(), { type: 'interval', seconds: 300 });
  });

  test('of another copy of this package is one too', () => {
    const foreign = { type: 'crontab', next: () => undefined, toJSON: () => crontab({ minute: 5 }).toJSON() };
    assert.deepEqual(readSchedule(foreign), crontab({ minute: 5 }));
  });

  const refused: readonly (readonly [unknown, RegExp])[] = [
    ['*/5 * * * *', /"\*\/5 \* \* \* \*" is no schedule; give seconds, \{ hours: 6 \}, crontab\(\{ … \}\)/],
    [undefined, /undefined is no schedule/],
    [[], /is no schedule/],
    [{ type: 'cron' }, /its type must be one of interval, crontab, solar, clocked/],
    [{ type: '__proto__' }, /its type must be one of/],
    [{ type: 'crontab', minut: 5 }, /crontab has no "minut"; did you mean minute\?/],
    [{ type: 'interval' }, /interval cannot be undefined/],
    [{ type: 'interval', seconds: 5, every: 5 }, /interval has no "every"/],
    [
      { type: 'solar', event: 'sunset', latitude: '50', longitude: 0 },
      /latitude must be a number from -90 to 90, not "50"/,
    ],
    [{ type: 'clocked', at: 5 }, /clocked cannot be 5/],
    [{ type: 'clocked', at: '2026-02-30T00:00Z' }, /clocked cannot be "2026-02-30T00:00Z"/],
    [{ type: 'clocked', at: '2026-12-24T18:00:00' }, /names no offset; end it with Z/],
  ];
  for (const [given, message] of refused) {
    test(`${JSON.stringify(given)} is refused with the reason`, () => {
      assert.throws(() => readSchedule(given), { name: 'InvalidSchedule', message });
    });
  }
});

suite('a moment', () => {
  test('is due once', () => {
    const once = clocked(new Date('2026-12-24T18:00:00Z'));
    assert.deepEqual(once.next(new Date('2026-12-24T17:59:59.999Z')), once.at);
    assert.equal(once.next(once.at), undefined);
    assert.deepEqual(clocked('2026-12-24 18:00Z').at, once.at);
  });

  test('does not change with the Date that it was made of, nor with the one it hands out', () => {
    const given = new Date(5);
    const once = clocked(given);
    given.setTime(7);
    once.at.setTime(9);
    assert.equal(once.at.getTime(), 5);
  });
});

suite("a row of django-celery-beat's tables", () => {
  const rows: readonly (readonly [Parameters<typeof scheduleFromDjangoRow>[0], DjangoRow, Schedule])[] = [
    ['interval', { every: 2, period: 'seconds' }, every(2)],
    ['interval', { every: 3, period: 'days' }, every({ days: 3 })],
    ['interval', { every: 90, period: 'minutes' }, every({ hours: 1.5 })],
    ['interval', { every: 1500, period: 'seconds' }, every({ minutes: 25 })],
    ['interval', { every: 2000, period: 'microseconds' }, every(0.002)],
    [
      'crontab',
      {
        ...{ minute: '0', hour: '4', day_of_week: 'mon-fri', day_of_month: '*', month_of_year: '*' },
        timezone: 'Europe/Prague',
      },
      crontab({ minute: 0, hour: 4, dayOfWeek: 'mon-fri', timezone: 'Europe/Prague' }),
    ],
    [
      'solar',
      { event: 'sunset', latitude: '50.080000', longitude: '14.430000' },
      solar('sunset', 50.08, 14.43),
    ],
    ['clocked', { clocked_time: new Date('2026-11-21T09:19:47.608Z') }, clocked('2026-11-21T09:19:47.608Z')],
  ];
  for (const [table, row, schedule] of rows) {
    test(`${table} ${JSON.stringify(row)} is read`, () => {
      assert.deepEqual(scheduleFromDjangoRow(table, row).toJSON(), schedule.toJSON());
      const written = scheduleToDjangoRow(schedule, 'UTC');
      assert.equal(written.table, table);
      assert.deepEqual(scheduleFromDjangoRow(written.table, written.row).toJSON(), schedule.toJSON());
    });
  }

  test('is written in the largest unit, with a zone, and six digits of a degree', () => {
    assert.deepEqual(scheduleToDjangoRow(every(7200), 'UTC').row, { every: 2, period: 'hours' });
    assert.deepEqual(scheduleToDjangoRow(every(0.25), 'UTC').row, { every: 250_000, period: 'microseconds' });
    assert.equal(scheduleToDjangoRow(crontab(), 'Asia/Tokyo').row['timezone'], 'Asia/Tokyo');
    assert.deepEqual(scheduleToDjangoRow(solar('sunset', 50.08, 0), 'UTC').row, {
      ...{ event: 'sunset', latitude: '50.080000', longitude: '0.000000' },
    });
  });

  test('is refused where it holds nonsense, or cannot hold what is meant', () => {
    const nonsense = (table: 'interval' | 'crontab' | 'solar', row: DjangoRow, message: RegExp) =>
      assert.throws(() => scheduleFromDjangoRow(table, row), { name: 'InvalidSchedule', message });
    nonsense('interval', { every: 1, period: 'years' }, /period "years" is none of days, hours/);
    nonsense('interval', { every: 0, period: 'days' }, /is 0 s/);
    nonsense('crontab', { minute: '0' }, /crontab: hour must be a text, not undefined/);
    nonsense('solar', { event: 'sunset', latitude: '', longitude: '1' }, /latitude must be a number/);
    const cannot = (schedule: Schedule, message: RegExp) =>
      assert.throws(() => scheduleToDjangoRow(schedule, 'UTC'), { name: 'InvalidSchedule', message });
    cannot(every(60, { relative: true }), /know no relative/);
    cannot(every({ milliseconds: 2_147_483_647_001 }), /more than django-celery-beat's tables hold/);
    cannot(crontab({ hour: '0,'.repeat(60) + 0 }), /hour has 121 characters; django-celery-beat holds 96/);
  });
});
