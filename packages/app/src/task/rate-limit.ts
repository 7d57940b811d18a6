/** Tasks in a time: 10 or '10/s' a second, '100/m' a minute, '5/h' an hour. 0, '' and null: no limit. */
export type RateLimit = number | string | null;

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);

/** More than any that makes sense: errors repeat what was given. */
const LONGEST = 50;

/** As Python's `float` reads it, but for digits of other scripts, `inf` and `nan`, which are no rates. */
const FLOAT = /^\s*\+?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?\s*$/i;

/**
 * Tasks per second; 0: no limit (wire spec 7.7).
 * @throws RangeError in the words in which Celery's workers answer the command `rate_limit` (wire spec 8.4): in
 *   Python's repr of the error, which tools match. What Celery accepts and cannot work with (less than nothing,
 *   without end) is refused in the same form.
 */
export function parseRateLimit(limit: unknown): number {
  if (limit === null || limit === undefined || limit === '' || limit === 0) return 0;
  if (typeof limit === 'number') return checked(limit, limit);
  if (typeof limit !== 'string') throw refused(`a rate limit is a number or a text, not ${typeof limit}`);
  if (limit.length > LONGEST) throw refused(`a rate limit has no more than ${LONGEST} characters`);
  const slash = limit.indexOf('/');
  const count = slash === -1 ? limit : limit.slice(0, slash);
  const unit = slash === -1 ? 's' : limit.slice(slash + 1) || 's';
  const seconds = SECONDS.get(unit);
  if (seconds === undefined) throw new RangeError(`KeyError(${pythonText(unit)})`);
  if (/^\s*-/.test(count) && FLOAT.test(count.replace('-', ''))) return checked(-1, limit);
  if (!FLOAT.test(count)) throw refused(`could not convert string to float: ${pythonText(count)}`);
  return checked(Number(count.replaceAll('_', '')) / seconds, limit);
}

function checked(perSecond: number, limit: number | string): number {
  if (perSecond >= 0 && Number.isFinite(perSecond)) return perSecond;
  throw refused(`a rate limit is not negative and not without end: ${limit}`);
}

function refused(why: string): RangeError {
  return new RangeError(`Invalid rate limit string: ValueError(${pythonText(why)})`);
}

/** Python's repr of a text: in single quotes, or in double quotes where that needs no escaping. */
function pythonText(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  if (escaped.includes("'") && !escaped.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}
