import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Zone } from '../src/schedules/zone.ts';

const MINUTE = 60_000;
/** Before, some clocks were set by seconds. */
const SINCE = Date.UTC(1973, 0);

suite('a zone', () => {
  // Before any other test has asked this zone for what lies around.
  test('goes on from the very instant of a change', () => {
    const change = Date.UTC(2026, 2, 29, 1);
    const { start, offset, before } = Zone.of('Europe/Prague').at(change);
    assert.deepEqual([start, before, offset], [change, 60 * MINUTE, 120 * MINUTE]);
  });

  test('shows what Intl shows, in every zone there is, just before and after each change too', () => {
    const anytime = fc
      .integer({ min: SINCE / MINUTE, max: Date.UTC(2060, 0) / MINUTE })
      .map((at) => at * MINUTE);
    const asked = fc.sample(anytime, { numRuns: 5, seed: 20261121 });
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const zone = Zone.of(name);
      const shown = clockOf(name);
      for (const instant of asked) {
        const { start, end } = zone.at(instant);
        assert.ok(start <= instant && instant < end);
        for (const at of [instant, start, start - MINUTE, end, end - MINUTE])
          if (at > SINCE && at < 1e13)
            assert.equal(zone.at(at).offset, shown(at) - at, `${name} ${new Date(at).toISOString()}`);
        if (start > SINCE) {
          assert.equal(zone.at(start - 1).end, start);
          assert.equal(zone.at(start).before, zone.at(start - 1).offset);
        }
      }
    }
  });
});

/** What the zone's clock shows, as if it were UTC, for whole minutes. */
function clockOf(timeZone: string): (instant: number) => number {
  const two = '2-digit';
  // Sweden writes 2026-03-08 02:30.
  const format = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone, year: 'numeric', month: two, day: two, hour: two, minute: two },
  });
  return (instant) => Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}
