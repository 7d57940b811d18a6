import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'lovage';

const LIMIT_MS = 60_000;

/** A logger that keeps its lines from 'info' up. */
export function keptLog(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const logger: Logger = {
    ...{ debug() {}, info: write, warn: write, error: write, enabled: () => true },
    child: () => logger,
  };
  return { lines, logger };
}

/** Rejects after a minute, saying what it waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}
