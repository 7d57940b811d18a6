import type { Globals } from '../globals.ts';

/** The command line of `lovage events`. */
export interface EventsOptions extends Globals {
  readonly dump?: boolean;
  readonly json?: boolean;
  /** Seconds between two drawings of the screen. */
  readonly frequency?: number;
}
