import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long an exam waits for what must come. Generous: it only costs time where something is wrong. */
export const PATIENCE_MS = 5000;

/** Long enough for a call to be under way before the exam goes on; too short only makes a case easier. */
export const SETTLING_MS = 60;

/** An abort signal for "wait at most". */
export function within(ms: number): AbortSignal {
  return AbortSignal.timeout(ms);
}

/** Wait until `holds`; fails with `what` when it does not within PATIENCE_MS. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) assert.fail(`waited too long until ${what}`);
    await sleep(5);
  }
}

/** What `promise` comes to; fails with `what` when it does not within PATIENCE_MS. */
export async function soon<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new assert.AssertionError({ message: `waited too long for ${what}` })),
    PATIENCE_MS,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Let a call get under way. */
export function settling(): Promise<void> {
  return sleep(SETTLING_MS);
}

export { sleep };
