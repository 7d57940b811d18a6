import { parseIso } from '@lovage/protocol';
import { UsageError } from './exit.ts';

/**
 * A time in ISO 8601, or seconds from `now`, as epoch ms.
 * @param timezone IANA name of the zone meant when the text names no offset
 */
export function momentOrSeconds(text: string, timezone: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text) && text.length < 8) return now + Number(text) * 1000;
  const moment = parseIso(text, timezone);
  if (moment !== undefined) return moment;
  throw new UsageError(
    `Invalid value '${text}': it must be a time in ISO 8601, such as 2026-12-24T18:00:00Z, or a number of seconds.`,
  );
}
