import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SOLAR_EVENTS, type SolarEvent, solar } from '../src/index.ts';

const at = (event: SolarEvent, after: string) => solar(event, 50.08, 14.43).next(new Date(after))!.getTime();

suite('the sun', () => {
  test("rises and sets in Celery's order", () => {
    const day = SOLAR_EVENTS.map((event) => at(event, '2026-04-03T00:00:00Z'));
    assert.deepEqual(
      day.map((due) => new Date(due).toISOString().slice(0, 16)),
      [
        ...[
          '2026-04-03T02:39',
          '2026-04-03T03:22',
          '2026-04-03T04:01',
          '2026-04-03T04:34',
          '2026-04-03T11:05',
        ],
        ...['2026-04-03T17:37', '2026-04-03T18:10', '2026-04-03T18:50', '2026-04-03T19:32'],
      ],
    );
  });

  test('is due at the same millisecond whenever it is asked, and once', () => {
    for (const event of SOLAR_EVENTS) {
      const due = at(event, '2026-04-03T00:00:00Z');
      for (const before of [1, 50, 999, 60_000, 3_600_000, 20 * 3_600_000])
        assert.equal(at(event, new Date(due - before).toISOString()), due, `${event} ${before} ms before`);
      const next = at(event, new Date(due).toISOString());
      assert.ok(next > due + 23 * 3_600_000 && next < due + 25 * 3_600_000, event);
    }
  });

  test('that stays up for weeks is due when this ends', () => {
    const sunset = solar('sunset', 69.65, 18.96).next(new Date('2026-06-01T00:00:00Z'))!;
    assert.equal(sunset.toISOString().slice(0, 10), '2026-07-25');
    const noon = solar('solar_noon', 90, 0).next(new Date('2026-06-01T00:00:00Z'))!;
    assert.equal(noon.toISOString().slice(0, 10), '2026-06-01');
  });

  const refused: readonly (readonly [unknown, unknown, unknown, RegExp])[] = [
    ['sunrize', 0, 0, /event "sunrize" is none of dawn_astronomical, .*sunset/],
    ['toString', 0, 0, /is none of/],
    ['sunset', 90.1, 0, /latitude must be a number from -90 to 90, not 90.1/],
    ['sunset', 0, -181, /longitude must be a number from -180 to 180, not -181/],
    ['sunset', Number.NaN, 0, /not NaN/],
    ['sunset', '50', 0, /not "50"/],
  ];
  for (const [event, lat, lon, message] of refused) {
    test(`${event} at ${lat}, ${lon} is refused with the reason`, () => {
      assert.throws(() => solar(event as SolarEvent, lat as number, lon as number), {
        name: 'InvalidSchedule',
        message,
      });
    });
  }
});
