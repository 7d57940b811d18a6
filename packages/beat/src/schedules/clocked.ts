import { parseIso } from '@lovage/protocol';
import { InvalidSchedule, shown } from './errors.ts';
import { type ClockedJson, msOf, type Schedule } from './schedule.ts';

/**
 * Due once, at a moment.
 * @param at A Date, or ISO 8601 with an offset or `Z`
 * @throws InvalidSchedule
 */
export function clocked(at: Date | string): Clocked {
  return new Clocked(at);
}

export class Clocked implements Schedule {
  readonly type = 'clocked';
  readonly #ms: number;

  constructor(at: Date | string) {
    this.#ms = momentOf(at);
  }

  get at(): Date {
    return new Date(this.#ms);
  }

  next(after: Date): Date | undefined {
    return msOf(after, 'after') < this.#ms ? this.at : undefined;
  }

  toJSON(): ClockedJson {
    return { type: 'clocked', at: this.at.toISOString() };
  }

  toString(): string {
    return `at ${this.at.toISOString()}`;
  }
}

function momentOf(at: unknown): number {
  if (at instanceof Date && !Number.isNaN(at.getTime())) return at.getTime();
  const ms = typeof at === 'string' ? parseIso(at) : undefined;
  if (ms === undefined)
    throw new InvalidSchedule(
      `clocked cannot be ${shown(at)}; give a Date, or a time such as '2026-12-24T18:00:00+01:00'`,
    );
  // Whose morning would it be?
  if (!/(?:Z|[+-]\d{2}(?::?\d{2}){0,2})$/i.test((at as string).slice(10)))
    throw new InvalidSchedule(
      `clocked ${shown(at)} names no offset; end it with Z, or with one such as +01:00`,
    );
  return Math.round(ms);
}
