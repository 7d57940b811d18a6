import type { Globals } from '../globals.ts';

export interface ScheduleFlags extends Globals {
  readonly json?: boolean;
}

/** What `create` and `update` say of an entry. */
export interface EntryFlags extends ScheduleFlags {
  readonly task?: string;
  readonly every?: number | Readonly<Record<string, number>>;
  readonly crontab?: Readonly<Record<string, string>>;
  readonly timezone?: string;
  readonly solar?: readonly [event: string, latitude: number, longitude: number];
  readonly at?: string;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly queue?: string;
  readonly priority?: number;
  readonly oneOff?: boolean;
  readonly startTime?: string;
  readonly expires?: string;
  readonly overlap?: 'allow' | 'skip' | 'replace';
  readonly missed?: 'run-once' | 'run-all' | 'skip';
  readonly description?: string;
  readonly disabled?: boolean;
}
