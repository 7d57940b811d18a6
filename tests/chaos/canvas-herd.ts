import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WorkerProcess } from '../e2e/worker-process.ts';
import { type CanvasLine, type Kill, readLines } from './canvas-ledger.ts';
import { randomFrom } from './random.ts';

const APP = fileURLToPath(new URL('./canvas-app.ts', import.meta.url));

export interface HerdPlan {
  readonly broker: string;
  /** Where results are kept, if not in the broker's store. */
  readonly results?: string;
  readonly ledger: string;
  readonly pool: 'prefork' | 'async';
  /** At most so many, and none after so many ms. */
  readonly kills: number;
  readonly killingMs: number;
  readonly seed: number;
}

const WORKERS = 2;
/** The longest pause between two kills. */
const PAUSE_MS = 700;
/** How long to lie in wait for a body or an errback. */
const AIM_MS = 3000;

/** Some workers, of which one, or one of its children, is killed now and then, and replaced. */
export class Herd {
  readonly kills: Kill[] = [];
  readonly counts = { killedWorkers: 0, killedChildren: 0 };
  readonly #plan: HerdPlan;
  readonly #random: () => number;
  readonly #workers: WorkerProcess[] = [];

  constructor(plan: HerdPlan) {
    this.#plan = plan;
    this.#random = randomFrom(plan.seed);
  }

  async start(): Promise<void> {
    for (let index = 0; index < WORKERS; index += 1) this.#workers.push(this.#worker(`w${index}`));
    await Promise.all(this.#workers.map((worker) => worker.ready));
  }

  /**
   * Kills as planned: at random moments whoever it may be, and every third time whoever runs the end of a workflow.
   * At least one worker consumes at any time. Ends early when it is over.
   */
  async kill(over: AbortSignal): Promise<void> {
    const untilMs = Date.now() + this.#plan.killingMs;
    for (let round = 0; round < this.#plan.kills && Date.now() < untilMs && !over.aborted; round += 1) {
      await sleep(this.#random() * PAUSE_MS);
      if (round % 3 === 2) await this.#strike(round, await this.#aim());
      else await this.#strike(round, undefined);
    }
  }

  /** In good order: nobody writes to the ledger any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  /** A process that runs a body or errback now; undefined when none came. */
  async #aim(): Promise<number | undefined> {
    for (const untilMs = Date.now() + AIM_MS; Date.now() < untilMs; await sleep(5)) {
      const pid = runningEnd(readLines(this.#plan.ledger));
      if (pid !== undefined) return pid;
    }
    return undefined;
  }

  /** @param aim A worker without children, or a child, that is to be hit */
  async #strike(round: number, aim: number | undefined): Promise<void> {
    const index = this.#indexOf(aim) ?? Math.floor(this.#random() * this.#workers.length);
    const worker = this.#workers[index]!;
    const children = this.#plan.pool === 'prefork' ? worker.livingChildren() : [];
    if (children.length > 0 && this.#random() < 0.5) {
      const pid =
        children.find((child) => child === aim) ?? children[Math.floor(this.#random() * children.length)]!;
      this.kills.push({ pids: new Set([pid]), atMs: Date.now() });
      this.counts.killedChildren += 1;
      killIfThere(pid);
      return;
    }
    await Promise.all(this.#workers.filter((other) => other !== worker).map((other) => other.ready));
    this.kills.push({ pids: new Set([worker.pid, ...worker.livingChildren()]), atMs: Date.now() });
    this.counts.killedWorkers += 1;
    await worker.kill();
    this.#workers[index] = this.#worker(`w${index}r${round}`);
  }

  #indexOf(pid: number | undefined): number | undefined {
    if (pid === undefined) return undefined;
    const index = this.#workers.findIndex(
      (worker) => worker.pid === pid || worker.livingChildren().includes(pid),
    );
    return index === -1 ? undefined : index;
  }

  #worker(name: string): WorkerProcess {
    const { broker, results = broker, ledger, pool } = this.#plan;
    const env = { CHAOS_BROKER: broker, CHAOS_RESULTS: results, CHAOS_LEDGER: ledger };
    return new WorkerProcess({
      app: APP,
      env,
      name,
      args: ['-P', pool, '-c', pool === 'async' ? '10' : '2'],
    });
  }
}

/** Of the end that began last, if it runs still. */
function runningEnd(lines: readonly CanvasLine[]): number | undefined {
  const last = lines.findLast(({ flow }) => flow !== undefined);
  if (!last || lines.some(({ what, id, pid }) => what === 'ends' && id === last.id && pid === last.pid))
    return undefined;
  return isAlive(last.pid) ? last.pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between our look and our kill.
  }
}
