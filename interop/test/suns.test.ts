import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SOLAR_EVENTS, solar } from '@lovage/beat';
import fc from 'fast-check';
import { requireService } from '../../tools/services.ts';
import { askPython } from '../python.ts';

const skip = requireService('ephem');

describe("the sun beside Celery's", { skip }, () => {
  test('is due within two seconds of it, where it rises and sets every day', async (context) => {
    const asked = fc.sample(
      fc.tuple(
        fc.constantFrom(...SOLAR_EVENTS),
        fc.double({ min: -60, max: 60, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) }),
      ),
      { numRuns: 300, seed: 20261121 },
    );
    const answers = await askPython<(number | null)[]>('next_suns.py', asked);
    let [compared, furthest] = [0, 0];
    for (const [index, [event, lat, lon, after]] of asked.entries()) {
      const theirs = answers[index]!;
      if (theirs === null) continue;
      const apart = Math.abs(solar(event, lat, lon).next(new Date(after))!.getTime() - theirs);
      assert.ok(
        apart < 2000,
        `${event} at ${lat}, ${lon} after ${new Date(after).toISOString()}: ${apart} ms`,
      );
      [compared, furthest] = [compared + 1, Math.max(furthest, apart)];
    }
    context.diagnostic(`${compared} compared, ${Math.round(furthest)} ms apart at most`);
    assert.ok(compared > 250, `${compared}`);
  });
});
