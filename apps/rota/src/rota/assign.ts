import type { Day } from '../database/schema.ts';

/** A shift as the phases see it. */
export interface Slot {
  readonly id: number;
  readonly day: Day;
  readonly kind: 'day' | 'night';
  clinicianId: number | null;
}

export interface Leave {
  readonly clinicianId: number;
  readonly firstDay: Day;
  readonly lastDay: Day;
}

/** All days from one to another, both with it. */
export function daysBetween(first: Day, last: Day): Day[] {
  const days: Day[] = [];
  for (let day = first; day <= last; day = after(day)) days.push(day);
  return days;
}

export function after(day: Day, days = 1): Day {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

/**
 * Whether somebody may take a shift: not on leave, nor the morning after a night is leave; not twice a day; no day before the night's
 * sleep; and no two nights in a row.
 */
export function mayTake(
  clinicianId: number,
  slot: Slot,
  slots: readonly Slot[],
  leave: readonly Leave[],
): boolean {
  const days = slot.kind === 'night' ? [slot.day, after(slot.day)] : [slot.day];
  const away = leave.some(
    (each) =>
      each.clinicianId === clinicianId && days.some((day) => day >= each.firstDay && day <= each.lastDay),
  );
  const theirs = slots.filter((each) => each.clinicianId === clinicianId && each.id !== slot.id);
  const works = (day: Day, kind?: Slot['kind']) =>
    theirs.some((each) => each.day === day && (!kind || each.kind === kind));
  const rested = !works(slot.day) && !works(after(slot.day, -1), 'night');
  return !away && rested && (slot.kind === 'day' || !works(after(slot.day)));
}

/** Gives every empty shift of a kind to who may take it and has the fewest. @throws Error where nobody may */
export function assign(
  kind: Slot['kind'],
  slots: readonly Slot[],
  clinicians: readonly number[],
  leave: readonly Leave[],
): void {
  for (const slot of slots.filter((each) => each.kind === kind && each.clinicianId === null)) {
    const able = clinicians.filter((clinician) => mayTake(clinician, slot, slots, leave));
    const [best] = able.toSorted((one, other) => countOf(one, slots) - countOf(other, slots));
    if (best === undefined)
      throw new Error(
        `nobody can take the ${kind} of ${slot.day}: ${clinicians.length} clinicians, and all are away or need rest`,
      );
    slot.clinicianId = best;
  }
}

/** Moves shifts from who has most to who has fewest, while they differ by two or more and somebody may. Answers how many moved. */
export function balance(
  slots: readonly Slot[],
  clinicians: readonly number[],
  leave: readonly Leave[],
): number {
  for (let moved = 0; ; moved += 1) {
    const byCount = clinicians.toSorted((one, other) => countOf(one, slots) - countOf(other, slots));
    if (!moveOne(byCount, slots, leave)) return moved;
  }
}

function moveOne(byCount: readonly number[], slots: readonly Slot[], leave: readonly Leave[]): boolean {
  for (const most of byCount.toReversed()) {
    for (const fewest of byCount) {
      if (countOf(most, slots) - countOf(fewest, slots) < 2) break;
      const slot = slots.find((each) => each.clinicianId === most && mayTake(fewest, each, slots, leave));
      if (!slot) continue;
      slot.clinicianId = fewest;
      return true;
    }
  }
  return false;
}

const countOf = (clinician: number, slots: readonly Slot[]): number =>
  slots.filter(({ clinicianId }) => clinicianId === clinician).length;
