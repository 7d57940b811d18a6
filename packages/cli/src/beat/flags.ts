import type { DaemonFlags } from '../daemon/detach.ts';
import type { Identity } from '../daemon/identity.ts';
import type { Globals } from '../globals.ts';

/** What both `lovage beat` and `lovage worker -B` say of beat. */
export interface SchedulerFlags {
  readonly scheduler?: string;
  /** A file. */
  readonly schedule?: string;
  /** Seconds. */
  readonly maxInterval?: number;
}

/** The command line of `lovage beat`. */
export interface BeatFlags extends Globals, SchedulerFlags, Omit<DaemonFlags, keyof Globals>, Identity {
  readonly loglevel: 'debug' | 'info' | 'warn' | 'error';
  readonly json?: boolean;
  readonly http?: string;
  readonly detach?: boolean;
}
