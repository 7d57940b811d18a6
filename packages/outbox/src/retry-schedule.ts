/** Seconds before each further try: the schedule that Standard Webhooks recommends, about three days in all. */
export const STANDARD_RETRY_SCHEDULE: readonly number[] = [
  5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** A receiver may ask for a pause, but not for ever. */
export const MAX_RETRY_AFTER_SECONDS = 86_400;

/** What is added at most to a wait, as a part of it: events that failed together do not come back together. */
const JITTER = 0.1;

/**
 * How long to wait after the given try, in ms, or undefined after the last one.
 *
 * @param attempts how many were made, 1 after the first
 * @param retryAfterMs what the receiver asked for: never less than that
 * @param random from 0 to 1
 */
export function waitAfter(
  schedule: readonly number[],
  attempts: number,
  retryAfterMs: number,
  random: number,
): number | undefined {
  const seconds = schedule[attempts - 1];
  if (seconds === undefined) return undefined;
  return Math.max(Math.round(seconds * 1_000 * (1 + JITTER * random)), retryAfterMs);
}

/** What a Retry-After header asks for, in ms: seconds or a date (RFC 9110, 10.2.3). 0 for none, one in the past, or one nobody can read. */
export function parseRetryAfter(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_SECONDS * 1_000) : 0;
}
