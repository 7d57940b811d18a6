import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { ErrorDetails, Pool, PoolJob, PoolOutcome } from '@lovage/contracts';
import type { PoolOptions } from '@lovage/contracts/conformance';

export type ToChild =
  | { kind: 'open'; entry: string; data: unknown; number: number }
  | { kind: 'run'; id: string; input: unknown }
  | { kind: 'abort'; id: string; softMs?: number }
  | { kind: 'shutdown' };

export type FromChild =
  | { kind: 'ready' }
  | { kind: 'failed'; error: ErrorDetails }
  | { kind: 'report'; id: string; content: unknown }
  | { kind: 'ended'; id: string; outcome: PoolOutcome };

/** Why its child is being killed, to be told when it is gone. */
type Loss = Omit<PoolOutcome & { kind: 'lost' }, 'kind'>;

interface Running {
  readonly job: PoolJob;
  readonly timers: readonly NodeJS.Timeout[];
  end(outcome: PoolOutcome): void;
  loss?: Loss;
}

interface Waiting {
  readonly job: PoolJob;
  end(outcome: PoolOutcome): void;
  asked: boolean;
}

interface Slot {
  /** Jobs. */
  begun: number;
  child: ChildProcess;
  ready: boolean;
  leaving: boolean;
  running: Running | undefined;
}

/** The plainest pool of processes that passes the exam: what its mutants are made of. */
export function referencePool(options: PoolOptions): Pool {
  const slots = new Set<Slot>();
  const onFree: (() => void)[] = [];
  let size = options.size;
  let closing = false;

  let number = 0;

  function start(): Promise<void> {
    number += 1;
    const child = fork(new URL('./child.ts', import.meta.url), [], {
      serialization: 'advanced',
      execArgv: process.execArgv.filter((argument) => !argument.startsWith('--test')),
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    });
    const slot: Slot = { child, ready: false, leaving: false, running: undefined, begun: 0 };
    slots.add(slot);
    send(slot, { kind: 'open', entry: options.entry.href, data: options.data, number });
    return new Promise((resolve, reject) => {
      child.on('message', (message: FromChild) => {
        if (message.kind === 'ready') {
          slot.ready = true;
          resolve();
          fellFree();
        } else if (message.kind === 'failed') {
          slot.leaving = true;
          child.kill('SIGKILL');
          reject(new Error(message.error.message));
        } else if (message.kind === 'report') slot.running?.job.onReport?.(message.content);
        else finish(slot, message.outcome);
      });
      child.on('exit', (code, signal) => {
        slots.delete(slot);
        const detail = signal === null ? `exit code ${code}` : `signal ${signal}`;
        const loss = slot.running?.loss ?? { reason: 'crashed', detail };
        finish(slot, { kind: 'lost', ...loss });
        if (!closing && !slot.leaving && slots.size < size) void start().catch(() => {});
      });
    });
  }

  function finish(slot: Slot, outcome: PoolOutcome): void {
    const { running } = slot;
    if (!running) return;
    slot.running = undefined;
    for (const timer of running.timers) clearTimeout(timer);
    running.end(outcome);
    if (slots.has(slot)) fellFree();
    shrink();
  }

  function fellFree(): void {
    const slot = [...slots].find(isFree);
    const next = slot && waiting.shift();
    if (next) beginIn(slot, next);
    for (const callback of onFree) callback();
  }

  function send({ child }: Slot, message: ToChild): void {
    if (child.connected) child.send(message, () => {});
  }

  function lose(slot: Slot, loss: Loss): void {
    if (slot.running) slot.running.loss ??= loss;
    slot.child.kill('SIGKILL');
  }

  function shrink(): void {
    for (const slot of slots) {
      if ([...slots].filter((each) => !each.leaving).length <= size) return;
      if (slot.running || slot.leaving) continue;
      slot.leaving = true;
      send(slot, { kind: 'shutdown' });
    }
  }

  /** Jobs ahead. They might as well stay here: no promise is made about speed. */
  let waiting: Waiting[] = [];

  function beginIn(slot: Slot, { job, end, asked }: Waiting): void {
    const { id, input, softMs, hardMs } = job;
    const timers: NodeJS.Timeout[] = [];
    if (softMs !== undefined)
      timers.push(setTimeout(() => send(slot, { kind: 'abort', id, softMs }), softMs));
    if (hardMs !== undefined) {
      const detail = `hard time limit of ${hardMs / 1000} s`;
      timers.push(setTimeout(() => lose(slot, { reason: 'time-limit', detail }), hardMs));
    }
    slot.running = { job, timers, end };
    slot.begun += 1;
    send(slot, { kind: 'run', id, input });
    job.onStart?.(slot.child.pid!);
    if (asked) send(slot, { kind: 'abort', id });
  }

  /** It never begins. False: nobody here waits by that name. */
  function remove(id: string, loss: Loss): boolean {
    const found = waiting.find(({ job }) => job.id === id);
    waiting = waiting.filter((each) => each !== found);
    found?.end({ kind: 'lost', ...loss });
    return found !== undefined;
  }

  const isFree = (slot: Slot) => slot.ready && !slot.running && !slot.leaving;
  const find = (id: string) => [...slots].find((each) => each.running?.job.id === id);

  return {
    traits: { canKill: true, isolated: true },
    get size() {
      return size;
    },
    get busy() {
      return Math.max(0, size - [...slots].filter(isFree).length);
    },
    get pids() {
      return [...slots].filter((each) => !each.leaving).map(({ child }) => child.pid!);
    },
    async open() {
      await Promise.all(Array.from({ length: size }, start));
    },
    ahead: {
      get places() {
        return 3 * size;
      },
      get taken() {
        return waiting.length;
      },
      withdraw: (jobId) => remove(jobId, { reason: 'withdrawn', detail: 'withdrawn' }),
    },
    get begun() {
      return new Map([...slots].filter((each) => !each.leaving).map((each) => [each.child.pid!, each.begun]));
    },
    run(job) {
      if (closing) return Promise.resolve({ kind: 'lost', reason: 'withdrawn', detail: 'it is closed' });
      return new Promise((end) => {
        const slot = [...slots].find(isFree);
        if (slot) beginIn(slot, { job, end, asked: false });
        else waiting.push({ job, end, asked: false });
      });
    },
    stop(jobId, how) {
      const slot = find(jobId);
      if (!slot) {
        const ahead = waiting.find(({ job }) => job.id === jobId);
        if (how === 'kill') return remove(jobId, { reason: 'killed', detail: 'it was told to' });
        if (ahead) ahead.asked = true;
        return ahead !== undefined;
      }
      if (how === 'ask') send(slot, { kind: 'abort', id: jobId });
      else lose(slot, { reason: 'killed', detail: 'it was told to' });
      return true;
    },
    async resize(to) {
      size = to;
      await Promise.all(Array.from({ length: Math.max(0, size - slots.size) }, start));
      shrink();
    },
    async restart() {
      const old = [...slots];
      await Promise.all(
        old.map(async (slot) => {
          await leave(slot, 2 ** 31 - 1);
          if (!closing) await start();
        }),
      );
    },
    async close(graceMs) {
      closing = true;
      for (const { job } of waiting) remove(job.id, { reason: 'withdrawn', detail: 'the pool was closed' });
      const gone = [...slots].map((slot) => leave(slot, graceMs));
      await Promise.all(gone);
    },
    onFree(callback) {
      onFree.push(callback);
    },
  };

  /** Let the job end, then the worker, within the grace. */
  async function leave(slot: Slot, graceMs: number): Promise<void> {
    const exited = once(slot.child, 'exit');
    const patience = setTimeout(
      () => lose(slot, { reason: 'killed', detail: 'the pool was closed' }),
      graceMs,
    );
    slot.leaving = true;
    while (slot.running && slots.has(slot)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const { end } = slot.running;
      slot.running = {
        ...slot.running,
        end(outcome) {
          end(outcome);
          resolve();
        },
      };
      await promise;
    }
    send(slot, { kind: 'shutdown' });
    if (slots.has(slot)) await exited;
    clearTimeout(patience);
  }
}
