import type { ControlRequest } from '@lovage/protocol';
import { matchesGlob } from './glob.ts';

/** Longest pattern that is looked at. */
const MAX_PATTERN = 1000;

/**
 * Is a request for this node? No destination and no pattern means everybody; a destination goes before a pattern.
 *
 * A pattern without a matcher is read as a glob. Celery's workers take such a request for themselves whatever they are
 * called: what was meant for a few would reach all.
 *
 * @throws RangeError for a pattern or a matcher that cannot be read
 */
export async function concerns(
  { destination, pattern, matcher }: Pick<ControlRequest, 'destination' | 'pattern' | 'matcher'>,
  hostname: string,
): Promise<boolean> {
  if (destination !== null) return destination.includes(hostname);
  if (pattern === null || pattern === '') return true;
  if (pattern.length > MAX_PATTERN) {
    throw new RangeError(`a pattern of ${pattern.length} characters; at most ${MAX_PATTERN} are read`);
  }
  switch (matcher ?? 'glob') {
    case 'glob':
      return matchesGlob(hostname, pattern);
    case 'pcre':
      return matchesRegexp(hostname, pattern);
    default:
      throw new RangeError('no such matcher: there are glob and pcre');
  }
}

/**
 * From the start of the name, as Python's `re.match`. By RE2, whose time grows with the length of the name and never
 * explodes: the pattern comes over the wire, and JavaScript's own engine could be kept busy with one for years.
 * It has all of Python's syntax but look-around and back references, which are refused.
 * Loaded when the first such pattern comes: hardly anybody sends one.
 */
async function matchesRegexp(hostname: string, pattern: string): Promise<boolean> {
  const { RE2JS } = await import('re2js');
  // What Python calls the end of the text.
  const translated = pattern.replace(/(?<!\\)((?:\\\\)*)\\Z/g, '$1\\z');
  let compiled: ReturnType<typeof RE2JS.compile>;
  try {
    compiled = RE2JS.compile(translated);
  } catch (error) {
    throw new RangeError(`the pattern cannot be read: ${(error as Error).message}`);
  }
  return compiled.matcher(hostname).lookingAt();
}
