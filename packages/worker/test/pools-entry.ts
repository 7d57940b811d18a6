/** An entry module for pool tests: each job says what it wants done. */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolContext, PoolWorkerFacts } from '@lovage/contracts';

/** What `init` is told. */
export interface Setup {
  readonly initMs?: number;
  readonly initError?: string;
  readonly initExit?: number;
  /** `init` throws for as long as this file is there. */
  readonly failsWhile?: string;
  /** A file that hears of `init` and `shutdown`, one line each: '<pid> init'. */
  readonly log?: string;
  readonly shutdown?: 'hang' | 'throw';
}

export type Order =
  | { readonly do: 'echo'; readonly value?: unknown; readonly ms?: number }
  | { readonly do: 'pid' }
  /** Writes its job's id into the file, then waits. */
  | { readonly do: 'note'; readonly file: string; readonly ms: number }
  /** Keeps that much memory, and answers its pid. */
  | { readonly do: 'grow'; readonly bytes: number }
  | { readonly do: 'number' }
  | { readonly do: 'sleep'; readonly ms: number; readonly deaf?: boolean }
  | { readonly do: 'spin' }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'throw'; readonly value: unknown }
  | { readonly do: 'report'; readonly reports: readonly unknown[] }
  | { readonly do: 'reportLater'; readonly ms: number }
  | { readonly do: 'reportThenSpin' }
  | { readonly do: 'throwOutside'; readonly ms: number; readonly ending: 'wait' | 'return' }
  | { readonly do: 'returnThenThrow'; readonly bytes: number }
  | { readonly do: 'blockOnAbort' }
  | { readonly do: 'function' }
  | { readonly do: 'managerMessage' }
  | { readonly do: 'env'; readonly name: string };

const kept: Buffer[] = [];
let setup: Setup = {};
let number = 0;

export async function init(data: unknown, worker: PoolWorkerFacts): Promise<void> {
  number = worker.number;
  setup = (data ?? {}) as Setup;
  note('init');
  if (setup.initMs !== undefined) await sleep(setup.initMs);
  if (setup.initExit !== undefined) process.exit(setup.initExit);
  if (setup.failsWhile !== undefined && existsSync(setup.failsWhile)) throw new Error('not yet');
  if (setup.initError !== undefined) throw new RangeError(setup.initError);
}

export async function run(input: unknown, { report, signal, jobId }: PoolContext): Promise<unknown> {
  const order = input as Order;
  switch (order.do) {
    case 'echo':
      if (order.ms) await sleep(order.ms);
      return order.value;
    case 'number':
      return number;
    case 'pid':
      return process.pid;
    case 'note':
      appendFileSync(order.file, `${jobId}\n`);
      if (order.ms > 0) await sleep(order.ms);
      return jobId;
    case 'grow':
      kept.push(Buffer.alloc(order.bytes, 1));
      return process.pid;
    case 'sleep':
      await sleep(order.ms, undefined, order.deaf ? {} : { signal }).catch(() => {
        const { reason } = signal;
        throw reason instanceof Error ? reason : new Error(`aborted: ${reason}`);
      });
      return 'slept';
    case 'spin':
      return spin();
    case 'exit':
      return process.exit(order.code);
    case 'throw':
      throw order.value;
    case 'report':
      for (const each of order.reports) report(each);
      return jobId;
    case 'reportLater':
      setTimeout(() => report('late'), order.ms);
      return jobId;
    case 'reportThenSpin':
      report('spinning');
      await sleep(1);
      return spin();
    case 'throwOutside':
      setTimeout(() => {
        throw new TypeError('nobody caught this');
      }, order.ms);
      if (order.ending === 'wait') await sleep(60_000);
      return 'returned';
    case 'returnThenThrow':
      setImmediate(() => {
        throw new TypeError('nobody caught this');
      });
      return new Uint8Array(order.bytes);
    case 'blockOnAbort':
      signal.addEventListener('abort', spin);
      report('ready');
      await sleep(60_000);
      return 'never';
    case 'function':
      return () => {};
    case 'managerMessage':
      process.send?.('ready');
      return typeof process.send;
    case 'env':
      return { value: process.env[order.name], execArgv: process.execArgv };
  }
}

export async function shutdown(): Promise<void> {
  note('shutdown');
  if (setup.shutdown === 'throw') throw new Error('cannot shut down');
  if (setup.shutdown === 'hang') await sleep(60_000);
}

function spin(): never {
  for (;;);
}

function note(what: string): void {
  if (setup.log !== undefined) appendFileSync(setup.log, `${process.pid} ${what}\n`);
}
