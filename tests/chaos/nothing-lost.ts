import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { Lovage } from 'lovage';
import { depthOf } from '../e2e/rabbitmq.ts';
import { until } from '../e2e/stage.ts';
import type { Kill } from './ledger.ts';
import { readLedger, unexplainedRepeats } from './ledger.ts';
import { randomFrom } from './random.ts';
import { startWorker } from './workers.ts';

export interface Plan {
  readonly broker: string;
  /** Where results are, if not there. */
  readonly results?: string;
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
  /** Runs beyond the first, of all tasks. */
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
  const { broker, results: resultsUrl = broker } = plan;
  const env = { CHAOS_BROKER: broker, CHAOS_RESULTS: resultsUrl, CHAOS_LEDGER: plan.ledger };
  const app = new Lovage('chaos-client', { brokerUrl: broker, resultBackend: resultsUrl });
  const startedMs = Date.now();
  const results = await sendAll(app, plan);
  const workers = [startWorker(env, 'w0'), startWorker(env, 'w1')];
  await Promise.all(workers.map((worker) => worker.ready));

  let ended = 0;
  const ends = results.map((result) =>
    result.get({ timeout: 270 }).then(() => {
      ended += 1;
    }),
  );
  const kills = await killAtRandom(
    workers,
    plan,
    () => ended,
    (name) => startWorker(env, name),
  );
  await Promise.all(ends);
  const seconds = (Date.now() - startedMs) / 1000;
  await until(async () => !(await hasWork(app)), 'the queue is empty');
  await Promise.all(workers.map((worker) => worker.stop()));
  await app.close();

  const runs = [...readLedger(plan.ledger)];
  const finished = runs.filter(([, list]) => list.some((run) => run.endMs !== undefined)).length;
  assert.equal(finished, plan.tasks, 'every task finished');
  assert.deepEqual(
    unexplainedRepeats(new Map(runs), kills.all),
    [],
    'none was repeated that no kill touched',
  );
  const repeats = runs.reduce((sum, [, list]) => sum + list.length - 1, 0);
  return { finished, repeats, killedWorkers: kills.workers, killedChildren: kills.children, seconds };
}

async function sendAll(app: Lovage, { tasks, taskMs }: Plan) {
  const results = [];
  for (let n = 0; n < tasks; n += 1000) {
    const size = Math.min(1000, tasks - n);
    const calls = Array.from({ length: size }, (_, i) => ({ task: 'chaos.mark', args: [n + i, taskMs] }));
    results.push(...(await app.bulk(calls)));
  }
  return results;
}

/** Of all tasks, how many have ended when the first kill may strike, and when the last one. */
const FIRST_KILL = 0.02;
const LAST_KILL = 0.9;

/**
 * One after the other, a worker or one of its children; a worker is replaced, as an operator's supervisor would.
 * The moments are random in the work, not in time, so that a fast machine is hit as often as a slow one.
 */
async function killAtRandom(
  workers: ReturnType<typeof startWorker>[],
  plan: Plan,
  ended: () => number,
  replacement: (name: string) => ReturnType<typeof startWorker>,
): Promise<{ readonly all: readonly Kill[]; readonly workers: number; readonly children: number }> {
  const random = randomFrom(plan.seed);
  const all: Kill[] = [];
  const counts = { workers: 0, children: 0 };
  const strike = async (pids: ReadonlySet<number> | undefined, blow: () => Promise<unknown>) => {
    const fromMs = Date.now();
    await blow();
    all.push({ fromMs, untilMs: Date.now(), pids });
  };

  const moments = Array.from({ length: plan.kills }, () =>
    Math.floor(plan.tasks * (FIRST_KILL + random() * (LAST_KILL - FIRST_KILL))),
  ).sort((a, b) => a - b);
  for (const [round, moment] of moments.entries()) {
    await until(() => ended() >= moment, `${moment} tasks have ended`, 60_000);
    if (plan.restartBroker && round === Math.floor(plan.kills / 2))
      await strike(undefined, plan.restartBroker);
    const index = Math.floor(random() * workers.length);
    const worker = workers[index]!;
    const children = worker.livingChildren();
    if (random() < 0.5 && children.length > 0) {
      const pid = children[Math.floor(random() * children.length)]!;
      await strike(new Set([pid]), () => killChild(pid, worker));
      counts.children += 1;
    } else {
      // Its children are seen by then: `kill` looks.
      await strike(worker.children, () => worker.kill());
      workers[index] = replacement(`w${index}r${round}`);
      await workers[index].ready;
      counts.workers += 1;
    }
  }
  return { all, ...counts };
}

async function killChild(pid: number, worker: ReturnType<typeof startWorker>): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between our look and our kill.
  }
  await until(() => !worker.livingChildren().includes(pid), `child ${pid} is gone`);
}

async function hasWork(app: Lovage): Promise<boolean> {
  const { ready, delayed, claimed } = await depthOf(app);
  return ready + delayed + claimed > 0;
}
