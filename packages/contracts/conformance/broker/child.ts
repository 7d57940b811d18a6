import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { PATIENCE_MS, within } from '../waiting.ts';
import type { RemoteDriver } from './world.ts';

/** A process that holds a claim. */
export interface ClaimingChild extends AsyncDisposable {
  /** The body of what it claimed. */
  readonly claimed: string;
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>;
}

/** What the child is told, as one JSON argument. */
export interface ChildOrders {
  readonly remote: RemoteDriver;
  readonly queue: string;
  readonly leaseMs: number;
}

/** Start a process that claims one message of `queue` and holds it, renewing, until it is killed. */
export async function claimInChild(
  remote: RemoteDriver,
  queue: string,
  leaseMs: number,
): Promise<ClaimingChild> {
  const orders: ChildOrders = { remote, queue, leaseMs };
  // Beside this file, with the same ending, in the sources as in what is published.
  const program = new URL(import.meta.url.replace(/child(\.[jt]s)$/, 'child-consumer$1'));
  const child = fork(program, [JSON.stringify(orders)], {
    execArgv: process.execArgv.filter((argument) => !argument.startsWith('--test')),
  });
  const gone = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  const [claimed] = await Promise.race([
    once(child, 'message', { signal: within(2 * PATIENCE_MS) }),
    gone.then(([code, signal]) => assert.fail(`the claiming child ended with ${code ?? signal}`)),
  ]);
  assert.equal(typeof claimed, 'string');
  return { claimed, kill, [Symbol.asyncDispose]: kill };
}
