import assert from 'node:assert/strict';
import { DriverError } from '../src/index.ts';

/** Every call must reject with DriverError 'closed'. */
export async function rejectsClosed(calls: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    await assert.rejects(
      call,
      (error) => error instanceof DriverError && error.code === 'closed',
      `${name} after close must reject with DriverError 'closed'`,
    );
  }
}
