import type { Entry, EntryChanges, ScheduleLike } from '@lovage/beat';
import { clocked, crontab, every, solar } from '@lovage/beat';
import { UsageError } from '../exit.ts';
import { given } from '../given.ts';
import { momentOrSeconds } from '../moments.ts';
import type { EntryFlags } from './flags.ts';

const WAYS = ['every', 'crontab', 'solar', 'at'] as const;

/**
 * The parts of an entry that the command line says.
 * @param timezone The app's, for times without an offset
 * @param before The entry as it is: `--queue` and `--timezone` change a part of a part
 * @throws UsageError where it says when in two ways; InvalidSchedule
 */
export function entryParts(flags: EntryFlags, timezone: string, before?: Entry): EntryChanges {
  const moment = (text: string | undefined): Date | undefined =>
    text === undefined ? undefined : new Date(momentOrSeconds(text, timezone, Date.now()));
  const own = given({ queue: flags.queue, priority: flags.priority });
  const options =
    flags.options !== undefined || Object.keys(own).length > 0
      ? { ...(flags.options ?? before?.options), ...own }
      : undefined;
  return given({
    task: flags.task,
    schedule: scheduleOf(flags, moment, before),
    args: flags.args,
    kwargs: flags.kwargs,
    options,
    oneOff: flags.oneOff,
    startTime: moment(flags.startTime),
    expires: moment(flags.expires),
    overlap: flags.overlap,
    missed: flags.missed,
    description: flags.description,
    enabled: flags.disabled ? false : undefined,
  }) as EntryChanges;
}

function scheduleOf(
  flags: EntryFlags,
  moment: (text: string | undefined) => Date | undefined,
  before: Entry | undefined,
): ScheduleLike | undefined {
  const ways = WAYS.filter((way) => flags[way] !== undefined);
  if (ways.length > 1) {
    throw new UsageError(
      `${ways.map((way) => `--${way}`).join(' and ')} say when in two ways: give one of them.`,
    );
  }
  const zone = given({ timezone: flags.timezone });
  if (flags.crontab !== undefined) return crontab({ ...flags.crontab, ...zone });
  if (flags.timezone !== undefined) return inZone(flags, before);
  if (flags.every !== undefined) return every(flags.every as Parameters<typeof every>[0]);
  if (flags.solar !== undefined) {
    const [event, latitude, longitude] = flags.solar;
    return solar(event as Parameters<typeof solar>[0], latitude, longitude);
  }
  const at = moment(flags.at);
  return at && clocked(at);
}

/** `--timezone` alone: the crontab that is there, by another clock. */
function inZone({ timezone = '', ...flags }: EntryFlags, before: Entry | undefined): ScheduleLike {
  const json = before?.schedule.toJSON();
  if (json?.type !== 'crontab' || WAYS.some((way) => flags[way] !== undefined)) {
    throw new UsageError('--timezone says whose clock a crontab means: give --crontab too.');
  }
  const { type: _, ...fields } = json;
  return crontab({ ...fields, timezone });
}
