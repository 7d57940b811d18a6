import { resolve } from 'node:path';
import type { PeriodicStore } from '@lovage/app';
import { OPTIONS } from '@lovage/app';
import { UsageError } from '../exit.ts';
import { given } from '../given.ts';
import type { SchedulerFlags } from './flags.ts';

/**
 * Settings of beat that the command line overrides.
 * @param option How its scheduler is named there, `-S` or `--scheduler`
 * @throws UsageError for a scheduler that there is not
 */
export function beatSettings(
  { scheduler, schedule, maxInterval }: SchedulerFlags,
  option: string,
): Record<string, unknown> {
  if (scheduler !== undefined) {
    const read = OPTIONS.beatScheduler.kind.read(scheduler);
    if ('wrong' in read) throw new UsageError(`Invalid value for '${option}': it ${read.wrong}.`);
  }
  return given({
    beatScheduler: scheduler,
    beatScheduleFilename: schedule === undefined ? undefined : resolve(schedule),
    beatMaxLoopInterval: maxInterval,
  });
}

/** What is to be said where the file of `--schedule` is not used; undefined where it is. */
export function unusedFile(
  { schedule }: SchedulerFlags,
  { chosenBy, label }: PeriodicStore,
): string | undefined {
  if (schedule === undefined || chosenBy === 'beatScheduleFilename') return undefined;
  return `beat: the file of --schedule is not used: periodic tasks are kept in ${label} (${chosenBy})`;
}
