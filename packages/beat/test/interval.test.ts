import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { every, inTimezone } from '../src/index.ts';
import { vectors } from './captures.ts';
import { upcoming } from './upcoming.ts';

const next = (schedule: ReturnType<typeof every>, after: string, previous?: string) =>
  schedule.next(new Date(after), previous === undefined ? undefined : new Date(previous))?.toISOString();

suite('an interval', () => {
  const same: readonly (readonly [Parameters<typeof every>[0], ms: number])[] = [
    [30, 30_000],
    [0.5, 500],
    [{ hours: 6 }, 21_600_000],
    [{ days: 1, minutes: -30 }, 84_600_000],
    [{ weeks: 1 }, 604_800_000],
    [{ milliseconds: 250 }, 250],
    [{ every: 10, period: 'minutes' }, 600_000],
    [{ every: 5 }, 5000],
    [{ every: 1500, period: 'microseconds' }, 2],
  ];
  for (const [given, ms] of same) {
    test(`${JSON.stringify(given)} is ${ms} ms`, () => assert.equal(every(given).everyMs, ms));
  }

  test('counts from the due time before, so that looking late does not make it drift', () => {
    const minutely = every(60);
    assert.equal(next(minutely, '2026-01-01T00:00:10Z'), '2026-01-01T00:01:10.000Z');
    assert.equal(
      next(minutely, '2026-01-01T00:01:10.040Z', '2026-01-01T00:01:10Z'),
      '2026-01-01T00:02:10.000Z',
    );
    assert.equal(next(minutely, '2026-01-01T10:00:00Z', '2026-01-01T00:01:10Z'), '2026-01-01T10:00:10.000Z');
    assert.equal(next(minutely, '2026-01-01T00:01:10Z', '2026-01-01T00:00:10Z'), '2026-01-01T00:02:10.000Z');
    // Nothing is due before one interval has passed.
    assert.equal(next(minutely, '2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z'), '2026-01-01T00:01:00.000Z');
  });

  test('is due after the moment, on the grid, and at most one interval later', () => {
    const ms = fc.integer({ min: 1, max: 10_000_000 });
    fc.assert(
      fc.property(
        ms,
        fc.integer({ min: 0, max: 1e12 }),
        fc.integer({ min: 0, max: 1e10 }),
        (gap, base, later) => {
          const due = every({ milliseconds: gap })
            .next(new Date(base + later), new Date(base))!
            .getTime();
          assert.ok(due > base + later && due <= base + later + gap);
          assert.equal((due - base) % gap, 0);
        },
      ),
    );
  });

  for (const version of ['5.2.6', '5.6.3'] as const) {
    test(`relative or not, is due when Celery ${version} is, in UTC`, () => {
      let compared = 0;
      const asked =
        vectors(version)[
          'is_due(spec,tz,last_run_at,now)->[due,next]; number=interval seconds, negative=relative'
        ];
      for (const [seconds, zone, last, now, [due, wait]] of asked) {
        if (typeof seconds !== 'number' || zone !== 'UTC') continue;
        const schedule = every(Math.abs(seconds), { relative: seconds < 0 });
        const [lastAt, nowAt] = [new Date(`${last}Z`), new Date(`${now}Z`)];
        const first = schedule.next(lastAt)!;
        assert.equal(first <= nowAt, due, `${seconds} ${last}`);
        if (!due) assert.equal((first.getTime() - nowAt.getTime()) / 1000, wait);
        compared += 1;
      }
      assert.ok(compared >= 8);
    });
  }

  test('relative of days is due at midnight of its zone', () => {
    const daily = every({ days: 1 }, { relative: true });
    assert.deepEqual(upcoming(daily, '2026-01-01T05:00:00Z', 1), ['2026-01-02T00:00:00Z']);
    assert.equal(inTimezone(every(60), 'Asia/Tokyo').toJSON().type, 'interval');
    assert.deepEqual(upcoming(inTimezone(daily, 'America/New_York'), '2026-10-31T12:00:00Z', 2), [
      '2026-11-01T04:00:00Z',
      '2026-11-02T05:00:00Z',
    ]);
  });

  const refused: readonly (readonly [unknown, object | undefined, RegExp])[] = [
    [0, {}, /interval 0 is 0 s; give more than 0, at least 0.001 s/],
    [-5, {}, /interval -5 is -5 s/],
    [Number.NaN, {}, /interval must be a number of seconds, not NaN/],
    [Infinity, {}, /not Infinity/],
    ['30', {}, /interval cannot be "30"; give seconds, \{ hours: 6 \}/],
    [null, {}, /interval cannot be null/],
    [{}, {}, /interval \{\} says nothing/],
    [{ hour: 6 }, {}, /interval has no "hour"; did you mean hours\?/],
    [{ hours: '6' }, {}, /interval: hours must be a number of hours, not "6"/],
    [{ every: 10, period: 'minute' }, {}, /period "minute" is none of microseconds/],
    [{ every: 0.4, period: 'microseconds' }, {}, /at least 0.001 s/],
    [0.5, { relative: true }, /0.5 s cannot be relative, which is due at full seconds/],
    [5, { relative: 'yes' }, /relative must be true or false, not "yes"/],
    [5, { relativ: true }, /has no "relativ"; did you mean relative\?/],
    [
      60,
      { timezone: 'Asia/Tokyo' },
      /timezone says whose days are meant by relative; give relative: true too/,
    ],
    [86400, { relative: true, timezone: 'Mars' }, /timezone "Mars" is unknown/],
  ];
  for (const [given, options, message] of refused) {
    test(`${JSON.stringify(given)} ${JSON.stringify(options)} is refused with the reason`, () => {
      assert.throws(() => every(given as number, options), { name: 'InvalidSchedule', message });
    });
  }

  test('ends with the last moment that a Date can hold', () => {
    assert.equal(every({ days: 1 }).next(new Date(8.64e15 - 1000)), undefined);
    assert.equal(
      every({ days: 1 }, { relative: true, timezone: 'Europe/Prague' }).next(new Date(8.64e15)),
      undefined,
    );
  });
});
