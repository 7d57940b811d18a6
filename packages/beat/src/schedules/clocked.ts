import { momentMs } from './moment.ts';
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
    this.#ms = momentMs(at, 'clocked');
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
