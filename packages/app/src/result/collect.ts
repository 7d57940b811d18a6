import type { AsyncResult, GetOptions } from './async-result.ts';
import type { GroupResult } from './group-result.ts';

type Result = AsyncResult | GroupResult;

/** A result and all that came of it, breadth first, each when it is there. The time is for all of it together. */
export async function* collect(
  first: Result,
  { timeout, ...options }: GetOptions = {},
): AsyncGenerator<readonly [Result, unknown], void> {
  const until = timeout === undefined ? undefined : performance.now() + timeout * 1000;
  const left = () =>
    until === undefined ? {} : { timeout: Math.max(0, (until - performance.now()) / 1000) };
  const waiting: Result[] = [first];
  const seen = new Set<string>();
  for (let result = waiting.shift(); result; result = waiting.shift()) {
    if (seen.has(result.id)) continue;
    seen.add(result.id);
    yield [result, await result.get({ ...options, ...left() })];
    waiting.push(...(await result.children()));
  }
}
