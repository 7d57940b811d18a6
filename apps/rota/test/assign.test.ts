/** The rules of shifts, on their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { after, assign, balance, daysBetween, type Leave, mayTake, type Slot } from '../src/rota/assign.ts';

const slotsOf = (days: readonly string[]): Slot[] =>
  days.flatMap((day, index) => [
    { id: 2 * index + 1, day, kind: 'day' as const, clinicianId: null },
    { id: 2 * index + 2, day, kind: 'night' as const, clinicianId: null },
  ]);

/** What is wrong with who does what: read from the rules, not from the code. */
function faults(slots: readonly Slot[], leave: readonly Leave[]): string[] {
  const found: string[] = [];
  for (const one of slots) {
    for (const other of slots) {
      if (one.id === other.id || one.clinicianId === null || one.clinicianId !== other.clinicianId) continue;
      if (one.day === other.day) found.push(`two on ${one.day}`);
      if (one.kind === 'night' && other.day === after(one.day))
        found.push(`no sleep after the night of ${one.day}`);
    }
    const days = one.kind === 'night' ? [one.day, after(one.day)] : [one.day];
    for (const { clinicianId, firstDay, lastDay } of leave)
      if (clinicianId === one.clinicianId && days.some((day) => day >= firstDay && day <= lastDay))
        found.push(`${one.day} is leave`);
  }
  return found;
}

test('no rota breaks a rule, whoever is away, and balancing keeps it so', () => {
  const days = daysBetween('2026-12-28', '2027-01-06');
  assert.deepEqual([days.length, days.at(-1)], [10, '2027-01-06']);
  const someLeave = fc.array(
    fc
      .record({ clinicianId: fc.integer({ min: 1, max: 6 }), from: fc.nat(9), length: fc.nat(2) })
      .map(({ clinicianId, from, length }) => ({
        clinicianId,
        firstDay: days[from]!,
        lastDay: after(days[from]!, length),
      })),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(someLeave, (leave) => {
      const slots = slotsOf(days);
      const clinicians = [1, 2, 3, 4, 5, 6];
      try {
        assign('night', slots, clinicians, leave);
        assign('day', slots, clinicians, leave);
      } catch (error) {
        assert.match(String(error), /nobody can take the (day|night) of 20/);
        return;
      }
      assert.deepEqual(faults(slots, leave), []);
      assert.ok(slots.every(({ clinicianId }) => clinicianId !== null));
      balance(slots, clinicians, leave);
      assert.deepEqual(faults(slots, leave), []);
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('shifts that are uneven are moved until they are not', () => {
  const slots = slotsOf(daysBetween('2026-12-01', '2026-12-06')).filter(({ kind }) => kind === 'day');
  for (const slot of slots) slot.clinicianId = 1;
  assert.equal(balance(slots, [1, 2, 3], []), 4);
  assert.deepEqual(
    [1, 2, 3].map((who) => slots.filter(({ clinicianId }) => clinicianId === who).length),
    [2, 2, 2],
  );
  assert.equal(
    mayTake(2, slots[0]!, slots, [{ clinicianId: 2, firstDay: '2026-11-01', lastDay: '2026-12-01' }]),
    false,
  );
});
