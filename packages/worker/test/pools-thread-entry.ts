/** What only threads are asked in tests; everything else as in the tests of processes. */
import { parentPort, threadId } from 'node:worker_threads';
import type { PoolContext } from '@lovage/contracts';
import { type Order, run as runOrder } from './pools-entry.ts';

export { init, shutdown } from './pools-entry.ts';

export type ThreadOrder =
  | Order
  /** Posts to the thread that started this one, as a program of its own might. */
  | { readonly do: 'post'; readonly message: unknown }
  | { readonly do: 'thread' }
  | { readonly do: 'setEnv'; readonly name: string; readonly value: string }
  | { readonly do: 'reject' }
  /** Handles what nobody catches by itself, and goes on. */
  | { readonly do: 'swallow' }
  /** Takes memory until there is none. */
  | { readonly do: 'devour' }
  /** Keeps that many bytes for as long as the thread lives. */
  | { readonly do: 'keep'; readonly bytes: number };

const kept: unknown[] = [];

export async function run(input: unknown, context: PoolContext): Promise<unknown> {
  const order = input as ThreadOrder;
  switch (order.do) {
    case 'post':
      parentPort!.postMessage(order.message);
      return 'posted';
    case 'thread':
      return threadId;
    case 'setEnv':
      process.env[order.name] = order.value;
      return undefined;
    case 'reject':
      void Promise.reject(new TypeError('nobody awaited this'));
      return new Promise(() => {});
    case 'swallow':
      process.on('uncaughtException', () => {});
      return undefined;
    case 'devour':
      for (;;) kept.push(new Array(10_000).fill(kept.length));
    case 'keep':
      kept.push(Buffer.alloc(order.bytes, 1));
      return kept.length;
    default:
      return runOrder(order, context);
  }
}
