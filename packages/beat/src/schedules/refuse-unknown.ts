import { nearest } from '@lovage/contracts/kit';
import { InvalidSchedule, shown } from './errors.ts';

/** @throws InvalidSchedule naming the first key that is not on the list, and the one that was perhaps meant */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const near = nearest(key.replaceAll('_', ''), known);
    const hint = near ? `; did you mean ${near}?` : `; it takes ${known.join(', ')}`;
    throw new InvalidSchedule(`${what} has no ${shown(key)}${hint}`);
  }
}
