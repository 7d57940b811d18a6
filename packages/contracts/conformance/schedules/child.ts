import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ClaimOptions } from '../../src/index.ts';
import type { RemoteDriver } from '../broker/world.ts';
import { PATIENCE_MS, within } from '../waiting.ts';

/** What the child is told, as one JSON argument. */
export interface ChildOrders {
  readonly remote: RemoteDriver;
  readonly names: readonly string[];
  readonly messages: ClaimOptions['messages'];
}

/** A process claims and claims, and is killed in the midst of it, after so many rounds. */
export async function killedWhileClaiming(orders: ChildOrders, rounds: number): Promise<void> {
  // Beside this file, with the same ending, in the sources as in what is published.
  const program = new URL(import.meta.url.replace(/child(\.[jt]s)$/, 'child-claimer$1'));
  const child = fork(program, [JSON.stringify(orders)], {
    execArgv: process.execArgv.filter((argument) => !argument.startsWith('--test')),
  });
  try {
    const exit = once(child, 'exit', { signal: within(2 * PATIENCE_MS) });
    child.on('message', (n) => {
      // In the next turn: by then its next claim is on its way.
      if (n === rounds) setImmediate(() => child.kill('SIGKILL'));
    });
    const [, signal] = await exit;
    if (signal !== 'SIGKILL') throw new Error(`it ended by itself, with ${signal}`);
  } finally {
    child.kill('SIGKILL');
  }
}
