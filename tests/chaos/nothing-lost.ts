import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage } from 'lovage';
import { until } from '../e2e/stage.ts';
import type { Kill } from './ledger.ts';
import { readLedger, unexplainedRepeats } from './ledger.ts';
import { WorkerProcess } from './workers.ts';

export interface Plan {
  readonly broker: string;
  readonly ledger: string;
  readonly tasks: number;
  readonly taskMs: number;
  readonly kills: number;
  readonly seed: number;
  /** Kills and restarts the broker, once, in the middle. */
  readonly restartBroker?: () => Promise<void>;
}

/** What a run showed. */
export interface Verdict {
  readonly finished: number;
  readonly repeats: number;
  readonly killedWorkers: number;
  readonly killedChildren: number;
  readonly seconds: number;
}

/**
 * Sends the tasks, kills workers and their children with SIGKILL at random moments while they run,
 * and checks that every task finished, and that none ran twice unless a kill touched it.
 */
export async function nothingLost(plan: Plan): Promise<Verdict> {
  closeSync(openSync(plan.ledger, 'a'));
  const random = randomFrom(plan.seed);
  const env = { CHAOS_BROKER: plan.broker, CHAOS_LEDGER: plan.ledger };
  const app = new Lovage('chaos-client', { brokerUrl: plan.broker });
  const startedMs = Date.now();
  const results = [];
  for (let n = 0; n < plan.tasks; n += 1000) {
    const size = Math.min(1000, plan.tasks - n);
    const calls = Array.from({ length: size }, (_, i) => ({
      task: 'chaos.mark',
      args: [n + i, plan.taskMs],
    }));
    results.push(...(await app.bulk(calls)));
  }

  const workers = [new WorkerProcess(env, 'w0'), new WorkerProcess(env, 'w1')];
  await Promise.all(workers.map((worker) => worker.ready));
  const kills: Kill[] = [];
  const counts = { workers: 0, children: 0 };
  for (let round = 0; round < plan.kills; round += 1) {
    await sleep(100 + random() * 700);
    const index = Math.floor(random() * workers.length);
    const worker = workers[index]!;
    if (plan.restartBroker && round === Math.floor(plan.kills / 2)) {
      kills.push({ atMs: Date.now(), pids: undefined });
      await plan.restartBroker();
    }
    const children = worker.livingChildren();
    if (random() < 0.5 && children.length > 0) {
      const pid = children[Math.floor(random() * children.length)]!;
      kills.push({ atMs: Date.now(), pids: new Set([pid]) });
      tryKill(pid);
      counts.children += 1;
    } else {
      await worker.kill();
      kills.push({ atMs: Date.now(), pids: worker.children });
      workers[index] = new WorkerProcess(env, `w${index}r${round}`);
      await workers[index].ready;
      counts.workers += 1;
    }
  }

  await Promise.all(results.map((result) => result.get({ timeout: 120 })));
  const seconds = (Date.now() - startedMs) / 1000;
  const { broker } = await app.drivers();
  await until(async () => {
    const [depth] = await broker.depth(['celery']);
    return depth!.ready + depth!.delayed + depth!.claimed === 0;
  }, 'the queue is empty');
  await Promise.all(workers.map((worker) => worker.stop()));
  await app.close();

  const runs = readLedger(plan.ledger);
  const finished = [...runs.values()].filter((list) => list.some((run) => run.endMs !== undefined)).length;
  const repeats = [...runs.values()].reduce((sum, list) => sum + list.length - 1, 0);
  assert.equal(finished, plan.tasks, 'every task finished');
  assert.deepEqual(unexplainedRepeats(runs, kills), [], 'none was repeated that no kill touched');
  return { finished, repeats, killedWorkers: counts.workers, killedChildren: counts.children, seconds };
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between our look and our kill.
  }
}

/** mulberry32: small, and the same for the same seed, which is printed with a failure. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
