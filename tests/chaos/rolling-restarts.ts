import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lovage } from 'lovage';
import { WorkerProcess } from '../e2e/worker-process.ts';
import type { Run } from './ledger.ts';
import { readLedger } from './ledger.ts';
import { randomFrom } from './random.ts';

const APP = fileURLToPath(new URL('./app.ts', import.meta.url));

export interface RollingPlan {
  readonly broker: string;
  /** Where results are, if not there. */
  readonly results?: string;
  readonly ledger: string;
  readonly restarts: number;
  readonly tasksPerSecond: number;
  /** Each takes up to this long. */
  readonly longestMs: number;
  /** What a worker gives its tasks when it is told to stop. */
  readonly graceS: number;
  readonly seed: number;
}

export interface RollingVerdict {
  readonly sent: number;
  /** Runs that a worker gave back because its grace was over. */
  readonly unfinished: number;
  /** The longest from the end of a worker until another one ran what it had given back. */
  readonly slowestReturnMs: number;
  readonly seconds: number;
}

/** More than there are ever tasks, so that what is given back need not wait for a slot to show that it is back. */
const SLOTS = '5000';

/** Two workers are restarted in turns by TERM under a steady load, as a deployment does. */
export async function rollingRestarts(plan: RollingPlan): Promise<RollingVerdict> {
  closeSync(openSync(plan.ledger, 'a'));
  const startedMs = Date.now();
  const { broker, results: resultsUrl = broker } = plan;
  const start = (name: string) =>
    new WorkerProcess({
      app: APP,
      env: { CHAOS_BROKER: broker, CHAOS_RESULTS: resultsUrl, CHAOS_LEDGER: plan.ledger },
      name,
      args: ['-P', 'async', '-c', SLOTS, '--shutdown-grace', String(plan.graceS)],
    });
  const workers = [start('w0'), start('w1')];
  await Promise.all(workers.map((worker) => worker.ready));

  const app = new Lovage('chaos-client', { brokerUrl: broker, resultBackend: resultsUrl });
  const load = steadyLoad(app, plan);
  /** When each worker process was gone. */
  const goneMs = new Map<number, number>();
  for (let round = 0; round < plan.restarts; round += 1) {
    const index = round % workers.length;
    const old = workers[index]!;
    const { code, signal } = await old.stop();
    goneMs.set(old.pid, Date.now());
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, old.log.join('\n'));
    workers[index] = start(`w${index}r${round}`);
    await workers[index].ready;
  }
  const results = await load.stop();
  await Promise.all(results.map((result) => result.get({ timeout: 60 })));
  await Promise.all(workers.map((worker) => worker.stop()));
  await app.close();

  const runs = readLedger(plan.ledger);
  const returns = returnsOf(runs, goneMs);
  return {
    sent: results.length,
    unfinished: returns.length,
    slowestReturnMs: Math.max(0, ...returns),
    seconds: (Date.now() - startedMs) / 1000,
  };
}

/** Checks that no task ran again once it had finished; answers how long each unfinished one was away. */
function returnsOf(runs: ReadonlyMap<number, readonly Run[]>, goneMs: ReadonlyMap<number, number>): number[] {
  const returns: number[] = [];
  for (const [n, list] of runs) {
    const finished = list.filter((run) => run.endMs !== undefined);
    assert.equal(finished.length, 1, `task ${n} finished ${finished.length} times: ${JSON.stringify(list)}`);
    for (const [at, run] of list.entries()) {
      if (run.endMs !== undefined) continue;
      const next = list[at + 1];
      assert.ok(next, `task ${n} was given back and ran no more`);
      const gone = goneMs.get(run.pid);
      assert.ok(gone, `task ${n} stopped in process ${run.pid}, which lived on`);
      returns.push(Math.max(0, next.startMs - gone));
    }
  }
  return returns;
}

const BATCHES_PER_SECOND = 10;

/** Sends so many tasks a second, each of a random length, until it is stopped. */
function steadyLoad(app: Lovage, { tasksPerSecond, longestMs, seed }: RollingPlan) {
  const random = randomFrom(seed);
  const stopping = new AbortController();
  const results: Awaited<ReturnType<Lovage['bulk']>>[number][] = [];
  const running = (async () => {
    const size = Math.round(tasksPerSecond / BATCHES_PER_SECOND);
    while (!stopping.signal.aborted) {
      const from = results.length;
      const calls = Array.from({ length: size }, (_, at) => ({
        task: 'chaos.steady',
        args: [from + at, Math.floor(random() * longestMs)],
      }));
      results.push(...(await app.bulk(calls)));
      await sleep(1000 / BATCHES_PER_SECOND);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
      return results;
    },
  };
}
