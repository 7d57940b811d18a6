import { DriverError } from '../src/index.ts';

/**
 * What `work` comes to, or DriverError 'unavailable' after `ms`.
 * The work itself goes on; hand it a signal where it can be stopped.
 *
 * @param what completes the sentence "… did not answer within 4 s", such as "redis://host:6379/0"
 */
export async function withTimeout<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new DriverError('unavailable', `${what} did not answer within ${ms / 1000} s`)),
    ms,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
