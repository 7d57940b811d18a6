import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type Crontab, crontab } from '../src/index.ts';
import { bruteNext, changesOf, isDue, matches } from './brute-force.ts';

/** The same questions in each run: a new one that fails should not be found by a landing that changed nothing here. */
const SEED = 20261121;

const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Nuuk',
  'Antarctica/Troll',
  'Asia/Kolkata',
  'Pacific/Chatham',
] as const;

const changes = new Map(ZONES.map((zone) => [zone, changesOf(zone, Date.UTC(2026, 0), Date.UTC(2028, 0))]));

const field = (min: number, max: number) => {
  const number = fc.integer({ min, max });
  const step = fc.integer({ min: 1, max: 1 + ((max - min) >> 1) });
  const part = fc.oneof(
    { weight: 3, arbitrary: number.map(String) },
    { weight: 1, arbitrary: fc.tuple(number, number).map(([from, to]) => `${from}-${to}`) },
    { weight: 1, arbitrary: fc.tuple(number, number, step).map(([from, to, by]) => `${from}-${to}/${by}`) },
    { weight: 2, arbitrary: step.map((by) => `*/${by}`) },
  );
  return fc.oneof(
    fc.constant('*'),
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
  );
};

const near = (zone: (typeof ZONES)[number]) => {
  const anywhere = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 11, 20) });
  const at = changes.get(zone)!;
  if (at.length === 0) return anywhere;
  const offset = fc.integer({ min: -5 * 3_600_000, max: 6 * 3_600_000 });
  const changing = fc.tuple(fc.constantFrom(...at), offset).map(([change, by]) => change + by);
  return fc.oneof({ weight: 1, arbitrary: anywhere }, { weight: 4, arbitrary: changing });
};

const question = fc.constantFrom(...ZONES).chain((timezone) =>
  fc.record({
    minute: field(0, 59),
    hour: field(0, 23),
    timezone: fc.constant(timezone),
    after: near(timezone),
  }),
);

/** Clocks change in the first hours of a day, most of them: that is where times of a day are to be. */
const list = (min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((numbers) => numbers.join(','));
const night = question.chain((given) =>
  fc.record({
    minute: fc.oneof(fc.constant(given.minute), list(0, 59)),
    hour: fc.oneof(fc.constant(given.hour), list(0, 4), list(0, 4), fc.constant('*')),
    timezone: fc.constant(given.timezone),
    after: fc.constant(given.after),
  }),
);

const show = (at: number | undefined) => (at === undefined ? 'nothing' : new Date(at).toISOString());

suite('any crontab', () => {
  test('is due next when a walk over the minutes says so, on nights when clocks change too', () => {
    fc.assert(
      fc.property(night, ({ after, timezone, ...fields }) => {
        const schedule = crontab({ ...fields, timezone });
        const expected = bruteNext(schedule, timezone, after, 2 * 1440 + 180);
        const found = schedule.next(new Date(after))!.getTime();
        assert.equal(show(found), show(expected), `${schedule} after ${show(after)}`);
      }),
      { numRuns: 800, seed: SEED },
    );
  });

  test('is due later than it was asked for, at a time that matches all five fields, with none between', () => {
    const days = fc.record({
      minute: field(0, 59),
      hour: field(0, 23),
      dayOfWeek: field(0, 6),
      dayOfMonth: field(1, 28),
      monthOfYear: field(1, 12),
    });
    fc.assert(
      fc.property(days, fc.integer({ min: Date.UTC(1999, 0), max: Date.UTC(2040, 0) }), (fields, after) => {
        const schedule: Crontab = crontab(fields);
        const found = schedule.next(new Date(after))!.getTime();
        assert.ok(found > after);
        assert.equal(found % 60_000, 0);
        assert.ok(matches(schedule, found), show(found));
        const steps = Math.min(500, Math.ceil((found - after) / 60_000) - 1);
        for (let back = 1; back <= steps; back += 1)
          assert.ok(!matches(schedule, found - back * 60_000), `${schedule}: ${show(found - back * 60_000)}`);
        assert.equal(schedule.next(new Date(found - 1))!.getTime(), found, 'whatever it is asked from');
      }),
      { numRuns: 400, seed: SEED },
    );
  });

  test('asked from due time to due time leaves none out and doubles none', () => {
    fc.assert(
      fc.property(night, ({ after, timezone, ...fields }) => {
        const schedule = crontab({ ...fields, timezone });
        const end = after + 8 * 3_600_000;
        const expected: string[] = [];
        for (let at = Math.floor(after / 60_000) * 60_000 + 60_000; at < end; at += 60_000)
          if (isDue(schedule, timezone, at)) expected.push(show(at));
        const found: string[] = [];
        for (let at = schedule.next(new Date(after)); at && at.getTime() < end; at = schedule.next(at))
          found.push(at.toISOString());
        assert.deepEqual(found, expected, String(schedule));
      }),
      { numRuns: 600, seed: SEED },
    );
  });
});
