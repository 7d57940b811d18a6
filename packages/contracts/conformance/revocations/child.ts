import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Revocation } from '../../src/index.ts';
import type { RemoteDriver } from '../broker/world.ts';
import { PATIENCE_MS, within } from '../waiting.ts';

/** What the child is told, as one JSON argument. */
export interface ChildOrders {
  readonly remote: RemoteDriver;
  readonly revocations: readonly Revocation[];
}

/** A process adds them, and kills itself the moment the store has answered. The signal that ended it. */
export async function addInChild(
  remote: RemoteDriver,
  revocations: readonly Revocation[],
): Promise<NodeJS.Signals | null> {
  const orders: ChildOrders = { remote, revocations };
  // Beside this file, with the same ending, in the sources as in what is published.
  const program = new URL(import.meta.url.replace(/child(\.[jt]s)$/, 'child-adder$1'));
  const child = fork(program, [JSON.stringify(orders)], {
    execArgv: process.execArgv.filter((argument) => !argument.startsWith('--test')),
  });
  try {
    const [, signal] = await once(child, 'exit', { signal: within(2 * PATIENCE_MS) });
    return signal as NodeJS.Signals | null;
  } finally {
    child.kill('SIGKILL');
  }
}
