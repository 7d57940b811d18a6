/** The entry module that every pool is examined with: the input says what to do. */
import { appendFileSync } from 'node:fs';
import { type PoolContext, type PoolWorkerFacts, TimeLimit } from '../../src/index.ts';
import { sleep } from '../waiting.ts';
import type { About, ExamData, Order, Reason } from './orders.ts';

/** Longer than any case takes. */
const FOR_EVER_MS = 60_000;

let given: ExamData | undefined;
let inits = 0;
let number = 0;

export async function init(data: unknown, worker: PoolWorkerFacts): Promise<void> {
  number = worker.number;
  given = data as ExamData | undefined;
  inits += 1;
  if (given?.failInit !== undefined) throw new Error(given.failInit);
}

export function shutdown(): void {
  if (given?.shutdownLog !== undefined) appendFileSync(given.shutdownLog, `${process.pid}\n`);
}

export async function run(input: unknown, context: PoolContext): Promise<unknown> {
  const order = input as Order;
  switch (order.do) {
    case 'echo':
      return order.value;
    case 'about':
      return { data: given, inits, number } satisfies About;
    case 'report':
      for (let n = 1; n <= order.count; n += 1) context.report(n);
      return order.count;
    case 'wait':
      context.report('started');
      return waitForAbort(context.signal);
    case 'ignore':
      context.report('started');
      return sleep(FOR_EVER_MS, undefined, { ref: false });
    case 'spin':
      context.report('started');
      // The report must be on its way before the thread is blocked.
      await sleep(20);
      for (const until = Date.now() + order.ms; Date.now() < until; );
      return 'spun';
    case 'sleep':
      await sleep(order.ms);
      return 'slept';
    case 'throw':
      throw thrown(order.what);
    case 'unclonable':
      return { f: () => {} };
    case 'exit':
      process.exit(order.code);
      break;
    case 'explode':
      setTimeout(() => {
        throw new Error('outside the job');
      });
      return sleep(FOR_EVER_MS, undefined, { ref: false });
  }
}

function waitForAbort(signal: AbortSignal): Promise<Reason> {
  return new Promise((resolve) => {
    const answer = () => {
      const reason: unknown = signal.reason;
      resolve(
        reason instanceof TimeLimit
          ? { timeLimit: true, kind: reason.kind, limitMs: reason.limitMs }
          : { timeLimit: false },
      );
    };
    if (signal.aborted) answer();
    else signal.addEventListener('abort', answer, { once: true });
  });
}

function thrown(what: 'error' | 'string' | 'undefined' | 'odd'): unknown {
  if (what === 'error') return new RangeError('out of range: é');
  if (what === 'string') return 'just a string';
  if (what === 'odd') return Object.create(null, { message: { get: () => thrown('error') } });
  return undefined;
}
