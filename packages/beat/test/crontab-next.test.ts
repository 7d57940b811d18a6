import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CrontabFields, crontab, inTimezone } from '../src/index.ts';
import { vectors } from './captures.ts';
import { upcoming } from './upcoming.ts';

suite('the next time of a crontab', () => {
  const table: readonly (readonly [CrontabFields, after: string, ...next: string[]])[] = [
    [{}, '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', '2026-01-01T00:02:00Z'],
    [{}, '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00Z'],
    [{ minute: 0, hour: 8 }, '2026-01-01T07:59:59.999Z', '2026-01-01T08:00:00Z', '2026-01-02T08:00:00Z'],
    [{ minute: 0, hour: 8 }, '2026-01-01T08:00:00Z', '2026-01-02T08:00:00Z'],
    [
      { minute: '*/15', hour: '8-17' },
      '2026-01-01T17:45:00Z',
      '2026-01-02T08:00:00Z',
      '2026-01-02T08:15:00Z',
    ],
    [
      { minute: 0, hour: 9, dayOfWeek: 'mon' },
      '2026-01-01T00:00:00Z',
      '2026-01-05T09:00:00Z',
      '2026-01-12T09:00:00Z',
    ],
    [
      { minute: 0, hour: 0, dayOfMonth: 31 },
      '2026-01-31T00:00:00Z',
      '2026-03-31T00:00:00Z',
      '2026-05-31T00:00:00Z',
    ],
    // Both must match, where cron takes either.
    [
      { minute: 0, hour: 0, dayOfMonth: 13, dayOfWeek: 'fri' },
      '2026-01-01T00:00:00Z',
      '2026-02-13T00:00:00Z',
      '2026-03-13T00:00:00Z',
      '2026-11-13T00:00:00Z',
    ],
    [
      { minute: 0, hour: 0, dayOfMonth: '1-7', dayOfWeek: 1 },
      '2026-01-06T00:00:00Z',
      '2026-02-02T00:00:00Z',
      '2026-03-02T00:00:00Z',
    ],
    [{ minute: 0, hour: 0, dayOfMonth: 29, monthOfYear: 2 }, '2096-03-01T00:00:00Z', '2104-02-29T00:00:00Z'],
    [
      { minute: 0, hour: 0, dayOfMonth: 29, monthOfYear: 2, dayOfWeek: 'mon' },
      '2072-03-01T00:00:00Z',
      '2112-02-29T00:00:00Z',
    ],
    [
      { minute: 59, hour: 23, dayOfMonth: 31, monthOfYear: 12 },
      '2026-12-31T23:59:00Z',
      '2027-12-31T23:59:00Z',
    ],
    [{ minute: 30, hour: 7, timezone: 'Asia/Kolkata' }, '2026-01-01T00:00:00Z', '2026-01-01T02:00:00Z'],
    [
      { minute: 0, hour: 0, dayOfMonth: 1, timezone: 'Pacific/Kiritimati' },
      '2026-01-01T00:00:00Z',
      '2026-01-31T10:00:00Z',
    ],
    [{ minute: 0, hour: 0 }, '1969-12-30T12:00:00Z', '1969-12-31T00:00:00Z', '1970-01-01T00:00:00Z'],
  ];
  for (const [fields, after, ...next] of table) {
    test(`${crontab(fields)} after ${after}`, () => {
      assert.deepEqual(upcoming(crontab(fields), after, next.length), next);
    });
  }

  for (const version of ['5.2.6', '5.6.3'] as const) {
    test(`is the one that Celery ${version} waited for, in UTC`, () => {
      let compared = 0;
      const asked =
        vectors(version)[
          'is_due(spec,tz,last_run_at,now)->[due,next]; number=interval seconds, negative=relative'
        ];
      for (const [spec, zone, last, now, [due, seconds]] of asked) {
        if (typeof spec === 'number' || zone !== 'UTC') continue;
        const fields = Object.fromEntries(
          Object.entries(spec).map(([name, value]) => [
            name.replace(/_([a-z])/g, (_, l: string) => l.toUpperCase()),
            value,
          ]),
        );
        const schedule = crontab(fields);
        const nowMs = Date.parse(`${now}Z`);
        assert.equal(schedule.next(new Date(`${last}Z`))!.getTime() <= nowMs, due);
        assert.equal((schedule.next(new Date(nowMs))!.getTime() - nowMs) / 1000, seconds);
        compared += 1;
      }
      assert.ok(compared >= 11, `${compared}`);
    });
  }

  test('ends with the last day that a Date can hold', () => {
    assert.equal(crontab({ minute: 0, hour: 0 }).next(new Date(8.64e15)), undefined);
    assert.equal(crontab({ dayOfMonth: 31, timezone: 'Europe/Prague' }).next(new Date(8.64e15)), undefined);
    assert.throws(() => crontab().next(new Date(Number.NaN)), {
      name: 'RangeError',
      message: /after is an invalid Date/,
    });
  });

  test('takes the zone of the app where it names none', () => {
    const daily = crontab({ minute: 0, hour: 12 });
    assert.deepEqual(upcoming(inTimezone(daily, 'Asia/Tokyo'), '2026-01-01T00:00:00Z', 1), [
      '2026-01-01T03:00:00Z',
    ]);
    assert.deepEqual(upcoming(daily, '2026-01-01T00:00:00Z', 1), ['2026-01-01T12:00:00Z']);
    const named = crontab({ minute: 0, hour: 12, timezone: 'UTC' });
    assert.equal(inTimezone(named, 'Asia/Tokyo'), named);
  });
});
