import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Lovage } from 'lovage';
import { askRedis, connections } from '../e2e/redis-raw.ts';
import { until } from '../e2e/stage.ts';
import { WorkerProcess } from '../e2e/worker-process.ts';

const APP = fileURLToPath(new URL('./app.ts', import.meta.url));

export interface MemoryPlan {
  readonly broker: string;
  readonly port: number;
  readonly ledger: string;
  /** Tasks until the first look. */
  readonly warmUp: number;
  /** Those that do nothing, all in all. */
  readonly tasks: number;
  readonly failing: number;
  /** How often all of the worker's connections are killed, spread over the run. */
  readonly reconnects: number;
}

export interface MemoryVerdict {
  readonly warmMb: number;
  readonly endMb: number;
  readonly ratio: number;
}

/** The resident memory of one worker after a little work, and after much work and trouble. */
export async function memoryOfWorker(plan: MemoryPlan): Promise<MemoryVerdict> {
  closeSync(openSync(plan.ledger, 'a'));
  const worker = new WorkerProcess({
    app: APP,
    env: { CHAOS_BROKER: plan.broker, CHAOS_LEDGER: plan.ledger },
    name: 'memory',
    args: ['-P', 'async'],
  });
  await worker.ready;
  const app = new Lovage('chaos-client', { brokerUrl: plan.broker });
  await run(app, 'chaos.nothing', plan.warmUp);
  const warmMb = residentMb(worker.pid);

  const rounds = plan.reconnects;
  for (let round = 0; round < rounds; round += 1) {
    await run(app, 'chaos.fails', share(plan.failing, round, rounds));
    const sent = send(app, 'chaos.nothing', share(plan.tasks - plan.warmUp, round, rounds));
    for (const id of await connections(plan.port)) await askRedis(plan.port, 'CLIENT', 'KILL', 'ID', id);
    // The client's connections died too: it sends again what it does not know to have arrived.
    await sent.catch(() => send(app, 'chaos.nothing', share(plan.tasks - plan.warmUp, round, rounds)));
    await drained(app);
  }
  const endMb = residentMb(worker.pid);
  await worker.stop();
  await app.close();
  return { warmMb, endMb, ratio: endMb / warmMb };
}

async function run(app: Lovage, task: string, count: number): Promise<void> {
  await send(app, task, count);
  await drained(app);
}

async function send(app: Lovage, task: string, count: number): Promise<void> {
  const options = { ignoreResult: true };
  for (let sent = 0; sent < count; sent += 1000) {
    const size = Math.min(1000, count - sent);
    await app.bulk(Array.from({ length: size }, () => ({ task, options })));
  }
}

async function drained(app: Lovage): Promise<void> {
  const { broker } = await app.drivers();
  const empty = async () => {
    try {
      const [depth] = await broker.depth(['celery']);
      return depth!.ready + depth!.claimed === 0;
    } catch {
      // Its connection was killed just now.
      return false;
    }
  };
  await until(empty, 'the queue is empty', 300_000);
}

const share = (total: number, round: number, rounds: number): number =>
  Math.floor((total * (round + 1)) / rounds) - Math.floor((total * round) / rounds);

function residentMb(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kib) / 1024;
}
