import type { ResolvedTaskOptions } from '../task/options.ts';

/**
 * Seconds until the next automatic retry with backoff: Celery's formula, `min(max, factor * 2 ** retries)`, and
 * with jitter a whole number drawn from 0 to that, both included.
 * @param retries How often it has been retried before: 0 after the first failure.
 * @param random A number from 0 up to but not including 1.
 */
export function backoffSeconds(
  options: Pick<ResolvedTaskOptions, 'retryBackoff' | 'retryBackoffMax' | 'retryJitter'>,
  retries: number,
  random: () => number,
): number {
  const factor = Math.trunc(Math.max(1, Number(options.retryBackoff)));
  const countdown = Math.min(options.retryBackoffMax, factor * 2 ** retries);
  return options.retryJitter ? Math.floor(random() * (Math.trunc(countdown) + 1)) : countdown;
}

/** Does a failure with this error retry by itself? */
export function retriesByItself(
  options: Pick<ResolvedTaskOptions, 'autoretryFor' | 'dontAutoretryFor'>,
  error: unknown,
): boolean {
  if (options.autoretryFor.length === 0) return false;
  const isOne = (errorClass: unknown) => error instanceof (errorClass as abstract new () => unknown);
  return options.autoretryFor.some(isOne) && !options.dontAutoretryFor.some(isOne);
}
