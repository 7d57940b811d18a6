import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CrontabFields, crontab, every } from '../src/index.ts';
import { changesOf, wallAt } from './brute-force.ts';
import { upcoming } from './upcoming.ts';

/** Where clocks change by an hour, by half an hour, at midnight, and never. */
const ZONES = [
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Antarctica/Troll',
  'America/Nuuk',
] as const;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = [Date.UTC(2026, 0), Date.UTC(2027, 0)] as const;
const show = (ms: number) => new Date(ms).toISOString();

suite('a time of a day', () => {
  for (const timezone of ZONES) {
    test(`is due once on each date of a year in ${timezone}, at every quarter of an hour`, () => {
      const jumps = changesOf(timezone, ...YEAR);
      for (let quarter = 0; quarter < 96; quarter += 1) {
        const ofDay = quarter * 15 * 60_000;
        const daily = crontab({ minute: (quarter % 4) * 15, hour: quarter >> 2, timezone });
        let due = daily.next(new Date(YEAR[0] - 2 * DAY))!.getTime();
        for (let date = wallAt(due, timezone) - ofDay; due < YEAR[1]; date += DAY) {
          // As written; or, where the clock skipped this time, as late as it would have been without the change.
          const late = wallAt(due, timezone) - (date + ofDay);
          const skipped = late > 0 && jumps.some((jump) => jump < due && due < jump + 4 * HOUR);
          assert.ok(late === 0 || (skipped && late <= 2 * HOUR), `${daily}: ${show(due)}`);
          due = daily.next(new Date(due))!.getTime();
        }
      }
    });
  }
});

/** Of each zone the night of 2026 that is shorter, and the one that is longer. */
const NIGHTS: readonly (readonly [
  zone: string,
  what: string,
  fields: CrontabFields,
  after: string,
  due: readonly string[],
])[] = [
  // 8 March, 02:00 becomes 03:00; 1 November, 02:00 becomes 01:00.
  [
    'America/New_York',
    'skipped, due at 03:30',
    { minute: 30, hour: 2 },
    '2026-03-07T12:00:00Z',
    ['2026-03-08T07:30:00Z', '2026-03-09T06:30:00Z'],
  ],
  [
    'America/New_York',
    'shown twice, due the first time',
    { minute: 30, hour: 1 },
    '2026-10-31T12:00:00Z',
    ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
  ],
  [
    'America/New_York',
    'two skipped keep their distance',
    { minute: '0,30', hour: 2 },
    '2026-03-07T12:00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-08T07:30:00Z', '2026-03-09T06:00:00Z'],
  ],
  [
    'America/New_York',
    'skipped onto one that is there: due once',
    { minute: 0, hour: '2,3' },
    '2026-03-07T12:00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-09T06:00:00Z', '2026-03-09T07:00:00Z'],
  ],
  [
    'America/New_York',
    'every 20 minutes through the short night',
    { minute: '*/20' },
    '2026-03-08T06:20:00Z',
    ['2026-03-08T06:40:00Z', '2026-03-08T07:00:00Z', '2026-03-08T07:20:00Z'],
  ],
  [
    'America/New_York',
    'every 20 minutes through the long night',
    { minute: '*/20' },
    '2026-11-01T05:20:00Z',
    [
      '2026-11-01T05:40:00Z',
      '2026-11-01T06:00:00Z',
      '2026-11-01T06:20:00Z',
      '2026-11-01T06:40:00Z',
      '2026-11-01T07:00:00Z',
    ],
  ],
  [
    'America/New_York',
    'every hour through the long night',
    { minute: 15 },
    '2026-11-01T04:15:00Z',
    ['2026-11-01T05:15:00Z', '2026-11-01T06:15:00Z', '2026-11-01T07:15:00Z'],
  ],
  [
    'America/New_York',
    'every hour through the short night',
    { minute: 15 },
    '2026-03-08T06:00:00Z',
    ['2026-03-08T06:15:00Z', '2026-03-08T07:15:00Z', '2026-03-08T08:15:00Z'],
  ],
  [
    'America/New_York',
    'every half hour of an hour that comes twice',
    { minute: '*/30', hour: 1, dayOfMonth: 1, monthOfYear: 11 },
    '2026-11-01T05:00:00Z',
    ['2026-11-01T05:30:00Z', '2026-11-01T06:00:00Z', '2026-11-01T06:30:00Z', '2027-11-01T05:00:00Z'],
  ],
  [
    'America/New_York',
    'every other hour, which are times of a day',
    { minute: 0, hour: '*/2' },
    '2026-03-08T04:00:00Z',
    ['2026-03-08T05:00:00Z', '2026-03-08T07:00:00Z', '2026-03-08T08:00:00Z'],
  ],
  [
    'America/New_York',
    'every half hour of an hour that is skipped',
    { minute: '*/30', hour: 2 },
    '2026-03-07T12:00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-08T07:30:00Z', '2026-03-09T06:00:00Z'],
  ],
  [
    'America/New_York',
    'every 20 minutes of hours of which one is skipped',
    { minute: '*/20', hour: '1-3' },
    '2026-03-08T06:20:00Z',
    [
      '2026-03-08T06:40:00Z',
      '2026-03-08T07:00:00Z',
      '2026-03-08T07:20:00Z',
      '2026-03-08T07:40:00Z',
      '2026-03-09T05:00:00Z',
    ],
  ],
  [
    'Europe/London',
    'a star that stands for one minute is no more than this minute',
    { minute: '*/60', hour: 1 },
    '2026-10-24T12:00:00Z',
    ['2026-10-25T00:00:00Z', '2026-10-26T01:00:00Z'],
  ],
  // 29 March, 01:00 becomes 02:00; 25 October, 02:00 becomes 01:00.
  [
    'Europe/London',
    'skipped, due at 02:30',
    { minute: 30, hour: 1 },
    '2026-03-28T12:00:00Z',
    ['2026-03-29T01:30:00Z', '2026-03-30T00:30:00Z'],
  ],
  [
    'Europe/London',
    'shown twice, due the first time',
    { minute: 30, hour: 1 },
    '2026-10-24T12:00:00Z',
    ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
  ],
  [
    'Europe/London',
    'asked for during the second time',
    { minute: 45, hour: 1 },
    '2026-10-25T01:10:00Z',
    ['2026-10-26T01:45:00Z'],
  ],
  [
    'Europe/London',
    'every quarter of the night, through both',
    { minute: '*/15', hour: '0-5' },
    '2026-10-25T00:30:00Z',
    ['2026-10-25T00:45:00Z', '2026-10-25T01:00:00Z', '2026-10-25T01:15:00Z'],
  ],
  // 4 October, 02:00 becomes 02:30; 5 April, 02:00 becomes 01:30.
  [
    'Australia/Lord_Howe',
    'skipped, due at 02:45',
    { minute: 15, hour: 2 },
    '2026-10-03T00:00:00Z',
    ['2026-10-03T15:45:00Z', '2026-10-04T15:15:00Z'],
  ],
  [
    'Australia/Lord_Howe',
    'shown twice, due the first time',
    { minute: 45, hour: 1 },
    '2026-04-04T00:00:00Z',
    ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
  ],
  [
    'Australia/Lord_Howe',
    'every 10 minutes through the long night',
    { minute: '*/10' },
    '2026-04-04T14:40:00Z',
    [
      '2026-04-04T14:50:00Z',
      '2026-04-04T15:00:00Z',
      '2026-04-04T15:10:00Z',
      '2026-04-04T15:20:00Z',
      '2026-04-04T15:30:00Z',
    ],
  ],
  [
    'Australia/Lord_Howe',
    'every hour through the short night',
    { minute: 0 },
    '2026-10-03T14:30:00Z',
    ['2026-10-03T16:00:00Z', '2026-10-03T17:00:00Z'],
  ],
  [
    'Australia/Lord_Howe',
    'every 7 minutes of an hour of which half is skipped',
    { minute: '*/7', hour: 2 },
    '2026-10-03T00:00:00Z',
    [
      '2026-10-03T15:35:00Z',
      '2026-10-03T15:42:00Z',
      '2026-10-03T15:49:00Z',
      '2026-10-03T15:56:00Z',
      '2026-10-04T15:00:00Z',
    ],
  ],
  // 24 April, 00:00 becomes 01:00; 30 October, 00:00 becomes 23:00 of the day before.
  [
    'Africa/Cairo',
    'midnight skipped, due at 01:00',
    { minute: 0, hour: 0 },
    '2026-04-22T23:00:00Z',
    ['2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
  ],
  [
    'Africa/Cairo',
    'late evening twice, due the first time',
    { minute: 30, hour: 23 },
    '2026-10-29T00:00:00Z',
    ['2026-10-29T20:30:00Z', '2026-10-30T21:30:00Z'],
  ],
  [
    'Asia/Kolkata',
    'no change at all',
    { minute: 30, hour: 2 },
    '2026-03-28T12:00:00Z',
    ['2026-03-28T21:00:00Z', '2026-03-29T21:00:00Z'],
  ],
];

suite('on nights when clocks change', () => {
  for (const [timezone, what, fields, after, due] of NIGHTS) {
    const schedule = crontab({ ...fields, timezone });
    test(`${schedule}: ${what}`, () => {
      assert.deepEqual(upcoming(schedule, after, due.length), due);
    });
  }

  test('an interval is real time', () => {
    assert.deepEqual(upcoming(every({ days: 1 }), '2026-10-31T12:00:00Z', 2), [
      '2026-11-01T12:00:00Z',
      '2026-11-02T12:00:00Z',
    ]);
  });
});
