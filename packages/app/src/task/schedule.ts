import type { CallOptions } from '../call/options.ts';

/** What stands for a schedule beside a task. Beat reads it; the app only keeps it. */
export type ScheduleOption =
  /** Seconds. */
  | number
  | TimedeltaOption
  | { readonly every: number; readonly period?: keyof TimedeltaOption }
  /** What `crontab()`, `every()`, `solar()` and `clocked()` make. */
  | { readonly type: string; next(after: Date, previous?: Date): Date | undefined; toJSON(): unknown };

interface TimedeltaOption {
  readonly microseconds?: number;
  readonly milliseconds?: number;
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
  readonly weeks?: number;
}

/** An entry of beat's, declared beside its task. Parts and defaults are those of an entry of `beatSchedule`. */
export interface ScheduledRun {
  /** Of the entry. Default: the task's. */
  readonly name?: string;
  readonly schedule: ScheduleOption;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly options?: Omit<CallOptions, 'kwargs' | 'eta' | 'taskId' | 'tx' | 'expires'> & {
    readonly expires?: number;
  };
  readonly relative?: boolean;
  readonly enabled?: boolean;
  readonly oneOff?: boolean;
  readonly startTime?: Date | string;
  readonly expires?: Date | string;
  readonly overlap?: 'allow' | 'skip' | 'replace';
  readonly missed?: 'run-once' | 'run-all' | 'skip';
  readonly description?: string;
}

export type TaskSchedule = ScheduleOption | ScheduledRun | readonly (ScheduleOption | ScheduledRun)[];

/** Only its outline: what is in it, beat checks. */
export function isTaskSchedule(value: unknown): boolean {
  if (Array.isArray(value))
    return value.length > 0 && value.every((each) => !Array.isArray(each) && isTaskSchedule(each));
  if (typeof value === 'number') return Number.isFinite(value) && value > 0;
  return typeof value === 'object' && value !== null;
}
