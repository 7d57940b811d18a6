import { parseIso } from '@lovage/protocol';
import { InvalidSchedule, shown } from './errors.ts';

/**
 * Epoch ms of a Date, or of ISO 8601 with an offset or `Z`: without one nobody could say whose morning is meant.
 * @param what What it is the moment of, for the error
 * @throws InvalidSchedule
 */
export function momentMs(at: unknown, what: string): number {
  if (at instanceof Date && !Number.isNaN(at.getTime())) return at.getTime();
  const ms = typeof at === 'string' ? parseIso(at) : undefined;
  if (ms === undefined)
    throw new InvalidSchedule(
      `${what} cannot be ${shown(at)}; give a Date, or a time such as '2026-12-24T18:00:00+01:00'`,
    );
  if (!/(?:Z|[+-]\d{2}(?::?\d{2}){0,2})$/i.test((at as string).slice(10)))
    throw new InvalidSchedule(
      `${what} ${shown(at)} names no offset; end it with Z, or with one such as +01:00`,
    );
  return Math.round(ms);
}
