import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than anything takes that happens at all, on a machine that does much else. */
export const PATIENCE_MS = 60_000;

/** Resolves once the condition holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 1_000} s: ${what}`);
    await sleep(30);
  }
}
