import type { AnyTask, CallOptions } from '@lovage/app';
import type { Schedule, ScheduleLike } from '../schedules/index.ts';

/** What happens when a run is due while the one before has not ended: both run, the new one is left out, or the old one is revoked. */
export const OVERLAPS = ['allow', 'skip', 'replace'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** What happens to runs that were due while no beat was there: the last of them is sent, as Celery does, or all, or none. */
export const MISSED = ['run-once', 'run-all', 'skip'] as const;
export type Missed = (typeof MISSED)[number];

/** What can be said of each run's message. Left out is what makes sense for one call only. */
export type EntryOptions = Omit<
  CallOptions,
  'kwargs' | 'eta' | 'taskId' | 'tx' | 'rootId' | 'parentId' | 'replyTo' | 'correlationId' | 'expires'
> & {
  /** Discard a run that has not started so many seconds after it was sent. */
  readonly expires?: number;
};

/** A task and when to send it: what Celery calls an entry of the beat schedule. Never changes. */
export interface Entry {
  /** Of this entry, not of the task: one in a schedule. */
  readonly name: string;
  readonly task: string;
  /** A crontab that names no zone means the app's. */
  readonly schedule: Schedule;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: EntryOptions;
  readonly enabled: boolean;
  /** Disabled after its first run. */
  readonly oneOff: boolean;
  /** Not due before. */
  readonly startTime: Date | undefined;
  /** Not due from then on, and disabled. (That of a message is `options.expires`.) */
  readonly expires: Date | undefined;
  readonly overlap: Overlap;
  readonly missed: Missed;
  readonly description: string;
}

/** An entry as it is written: in `beatSchedule`, with its name as the key. */
export interface EntryInput {
  /** Its name, or the task itself. */
  readonly task: string | AnyTask;
  /** Seconds, `{ hours: 6 }`, `crontab({ … })`, `solar(…)` or `clocked(…)`. */
  readonly schedule: ScheduleLike;
  readonly args?: readonly unknown[] | null;
  readonly kwargs?: Readonly<Record<string, unknown>> | null;
  readonly options?: EntryOptions | null;
  /** For an interval: due at full days, hours, minutes or seconds. */
  readonly relative?: boolean;
  /** Default: true. */
  readonly enabled?: boolean;
  /** Default: false. */
  readonly oneOff?: boolean;
  /** A Date, or ISO 8601 with an offset; so is `expires`. */
  readonly startTime?: Date | string | null;
  readonly expires?: Date | string | null;
  /** Default: `'allow'`. */
  readonly overlap?: Overlap;
  /** Default: `'run-once'`. */
  readonly missed?: Missed;
  readonly description?: string;
}
