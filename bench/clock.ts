import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of CLOCK_MONOTONIC, the clock of every measured program (programs/clock.js). */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * Ask again every `everyMs` until `done` answers true, and resolve with the moment of that answer.
 * Rejects when `limitMs` have passed, naming `what` was waited for, or when `watched` has failed.
 */
export async function until(
  what: string,
  done: () => Promise<boolean> | boolean,
  options: { everyMs: number; limitMs: number; check?: () => void },
): Promise<number> {
  const limit = now() + options.limitMs;
  while (!(await done())) {
    options.check?.();
    if (now() > limit) throw new Error(`${what}: not within ${options.limitMs / 1000} s`);
    await sleep(options.everyMs);
  }
  return now();
}
