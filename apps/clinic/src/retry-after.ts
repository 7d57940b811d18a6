/** What to wait when a service does not say, or says what cannot be read, in seconds. */
const DEFAULT_S = 30;
/** No service may put a task off for longer. */
const LONGEST_S = 600;

/** The seconds that a Retry-After header asks for, which is a number of them or a date (RFC 9110, 10.2.3). */
export function retryAfterSeconds(header: string | null, nowMs: number): number {
  const text = header?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  if (!Number.isFinite(seconds)) return DEFAULT_S;
  return Math.min(LONGEST_S, Math.max(0, seconds));
}
