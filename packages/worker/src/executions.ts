import type { App, Logger } from '@lovage/app';
import type { Delivery, Pool, PoolJob, PoolOutcome, Settlement } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { Chords } from './chords.ts';
import type { Completer } from './completer.ts';
import type { Conclusion, Report } from './conclusion.ts';
import type { HeldTask } from './control/panel.ts';
import type { DeadLetterOffice } from './dead-letters.ts';
import type { TimeLimitTable } from './limits.ts';
import { type Lost, lossError, NEVER_BEGAN } from './loss.ts';
import type { WorkerPlan } from './options.ts';
import type { JobReport, TaskJob } from './runner.ts';
import type { Witness } from './witness/witness.ts';
import type { WorkerVerdicts } from './worker-verdicts.ts';

/** What a task that is terminated gets to end by itself, after its signal was aborted. */
const TERMINATE_GRACE_MS = 500;

/** A delivery that was admitted, from its turn until it is settled. */
export interface Admitted {
  readonly delivery: Delivery;
  readonly headers: TaskHeaders;
}

/** One that was started here. */
interface Running extends Admitted {
  /** When it was handed to the pool, epoch ms. */
  handedMs?: number;
  /** When its function was called. */
  startedMs?: number;
  pid?: number;
  /** The broker forgot its message before it ran. */
  acknowledged: boolean;
  /** No longer the broker's to take away: acknowledged, about to be, or taken already. */
  unleased: boolean;
  abandoned?: true; // Its lease was lost while it ran.
  /** Somebody had it ended, with this signal. */
  terminated?: NodeJS.Signals;
}

export interface ExecutionsParts {
  readonly app: App;
  readonly plan: WorkerPlan;
  readonly pool: Pool;
  readonly completer: Completer;
  readonly chords: Chords;
  readonly limits: TimeLimitTable;
  /** Concludes here what its own process no longer can. */
  readonly verdicts: WorkerVerdicts;
  readonly deadLetters: DeadLetterOffice;
  readonly witness: Required<Witness>;
  /** Whether anybody reads what tasks return. */
  readonly describes: () => boolean;
  readonly log: Logger;
}

/** Runs admitted deliveries in the pool, one method per step, top to bottom. */
export class Executions {
  readonly #parts: ExecutionsParts;
  /** By receipt. */
  readonly #running = new Map<string, Running>();
  #onEnd: (() => void) | undefined;
  #acknowledging = 0;
  #stoppingCold = false;

  constructor(parts: ExecutionsParts) {
    this.#parts = parts;
  }

  /** How many were started and are not settled yet. */
  get count(): number {
    return this.#running.size;
  }

  /** Started, and waiting for the broker to forget the message before a slot is taken. */
  get acknowledging(): number {
    return this.#acknowledging;
  }

  /** Those that a worker process has begun, and those that are about to be. */
  all(): readonly HeldTask[] {
    return [...this.#running.values()];
  }

  /** Those whose lease must be renewed. */
  held(): Delivery[] {
    const held: Delivery[] = [];
    for (const { delivery, unleased } of this.#running.values()) if (!unleased) held.push(delivery);
    return held;
  }

  /** Runs it to its end. Resolves with how long that took, in ms; undefined when it never began. Never rejects. */
  async start({ delivery, headers }: Admitted): Promise<number | undefined> {
    const { log } = this.#parts;
    const acksLate = this.acksLate(headers);
    const running: Running = { delivery, headers, acknowledged: false, unleased: !acksLate };
    this.#running.set(delivery.receipt, running);
    try {
      if (!acksLate && (await this.#acknowledge(running)) === 'lost') return undefined;
      // It may have been terminated before it could begin.
      const outcome = running.terminated === undefined ? await this.#run(running) : NEVER_BEGAN;
      this.#end(running, outcome);
    } catch (error) {
      // Only a bug of ours comes here; the message must not vanish with it.
      log.error(`cannot conclude task ${headers.task}[${headers.id}]`, { err: error });
      if (acksLate) this.#settle({ kind: 'release', delivery, lost: true });
    } finally {
      this.#running.delete(delivery.receipt);
      this.#onEnd?.();
    }
    return running.startedMs === undefined ? undefined : Date.now() - running.startedMs;
  }

  /** Whether the broker keeps its message until it has ended. */
  acksLate({ task }: TaskHeaders): boolean {
    return this.#parts.app.tasks.get(task)!.options.acksLate;
  }

  /**
   * Takes back what was handed to the pool before `sinceMs` and has not begun; it goes back to the broker. What the broker has
   * forgotten stays: a slot was free when it was handed over, and is again as soon as its next child is up.
   */
  withdraw(sinceMs: number): number {
    const { ahead } = this.#parts.pool;
    if (!ahead || ahead.taken === 0) return 0;
    let count = 0;
    for (const [receipt, { acknowledged, startedMs, handedMs }] of this.#running) {
      const waits = !acknowledged && startedMs === undefined && handedMs !== undefined && handedMs <= sinceMs;
      if (waits && ahead.withdraw(receipt)) count += 1;
    }
    return count;
  }

  /** Resolves when nothing runs any more. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
    }
  }

  /**
   * Ends running tasks, as `revoke(terminate=True)` asks: their state becomes REVOKED. SIGKILL ends the worker process
   * at once. Any other signal aborts the task's own signal first, and what runs on half a second later is ended so.
   * Answers their ids.
   */
  terminate(matches: (task: HeldTask) => boolean, signal: NodeJS.Signals): readonly string[] {
    const { pool } = this.#parts;
    const ended: string[] = [];
    for (const [receipt, running] of this.#running) {
      if (!matches(running)) continue;
      ended.push(running.headers.id);
      running.terminated = signal;
      if (signal === 'SIGKILL') {
        pool.stop(receipt, 'kill');
      } else {
        pool.stop(receipt, 'ask');
        setTimeout(() => pool.stop(receipt, 'kill'), TERMINATE_GRACE_MS);
      }
    }
    return ended;
  }

  /** Ends what runs: deliveries not yet acknowledged go back as they were. */
  stopCold(): void {
    this.#stoppingCold = true;
  }

  /** The broker gave these to somebody else: their work here is in vain. */
  abandon(lost: readonly Delivery[]): void {
    for (const { receipt } of lost) {
      const running = this.#running.get(receipt);
      // It may have been acknowledged while its renewal was on the way.
      if (!running || running.unleased) continue;
      Object.assign(running, { unleased: true, abandoned: true });
      this.#parts.log.warn(
        `lost the lease of task ${running.headers.task}[${running.headers.id}]; another worker may run it`,
      );
      this.#parts.pool.stop(receipt, 'ask');
    }
  }

  /** Early ack: the broker forgets the message before the function runs, so that it never runs twice. */
  async #acknowledge(running: Running): Promise<'ours' | 'lost'> {
    const { delivery } = running;
    this.#acknowledging += 1;
    const answer = await new Promise<'ours' | 'lost'>((resolve) => {
      this.#parts.completer.add({
        records: [],
        followUps: [],
        settlement: { kind: 'done', delivery },
        onSettled: (lost) => resolve(lost ? 'lost' : 'ours'),
      });
    });
    this.#acknowledging -= 1;
    running.acknowledged = answer === 'ours';
    return answer;
  }

  #run(running: Running): Promise<PoolOutcome> {
    running.handedMs = Date.now();
    return this.#parts.pool.run(this.#job(running));
  }

  #job(running: Running): PoolJob {
    const { pool, completer, witness, limits } = this.#parts;
    const { delivery, headers } = running;
    const { envelope, queue, redelivered, receipt } = delivery;
    const { hardS, softS } = limits.of(headers);
    const input: TaskJob = {
      envelope,
      queue,
      redelivered,
      // In-process jobs share the headers already read; other processes read them again, cheaper than sending them.
      ...(pool.traits.isolated ? {} : { headers }),
      ...(this.#parts.describes() ? { describe: true } : {}),
    };
    return {
      id: receipt,
      input,
      ...(hardS ? { hardMs: hardS * 1000 } : {}),
      ...(softS ? { softMs: softS * 1000 } : {}),
      onStart: (pid) => {
        running.startedMs = Date.now();
        running.pid = pid;
        witness.started(headers);
      },
      onReport: (report) => completer.add({ records: report as JobReport, followUps: [] }),
    };
  }

  #end(running: Running, outcome: PoolOutcome): void {
    const { witness, verdicts } = this.#parts;
    const returned = outcome.kind === 'returned' ? (outcome.output as Conclusion) : undefined;
    // Another worker has it, whose word counts. But one that succeeded before it noticed has succeeded, here as below.
    if (running.abandoned && returned?.report.kind !== 'succeeded') return;
    if (running.terminated !== undefined && returned?.report.kind !== 'succeeded') {
      witness.revoked(running.headers, { reason: 'terminated', signal: running.terminated });
      this.#apply(running, verdicts.terminated(running, running.terminated));
    } else if (returned) {
      witness.ended(running.headers, returned.report);
      this.#apply(running, returned);
    } else {
      this.#endLost(running, outcome as Lost);
    }
  }

  #apply(running: Running, conclusion: Omit<Conclusion, 'report'> & { report?: Report }): void {
    const { delivery, acknowledged } = running;
    const { settlement, chords, ...ends } = conclusion;
    const completion = {
      ...ends,
      followUps: [...ends.followUps, ...this.#parts.deadLetters.kept(running, conclusion, acknowledged)],
      ...(acknowledged ? {} : { settlement: { kind: settlement, delivery } as Settlement }),
    };
    if (chords) this.#parts.chords.complete(chords, completion);
    else this.#parts.completer.add(completion);
  }

  /** The process that ran it is gone, or the job's time was up. */
  #endLost(running: Running, outcome: Lost): void {
    const { app, plan, limits, verdicts, witness, log, pool } = this.#parts;
    const { delivery, headers, acknowledged } = running;
    const neverBegan = outcome.kind === 'lost' && outcome.reason === 'withdrawn';
    if ((this.#stoppingCold || neverBegan) && !acknowledged) {
      this.#settle({ kind: 'release', delivery });
      return;
    }
    if (neverBegan) {
      // The broker has forgotten it: it is sent anew.
      const { queue, envelope } = delivery;
      this.#parts.completer.add({ records: [], followUps: [{ queue, envelope }] });
      return;
    }
    const { options } = app.tasks.get(headers.task)!;
    const timedOut = outcome.kind === 'lost' && outcome.reason === 'time-limit';
    const { hardS } = limits.of(headers);
    if (timedOut) {
      const still = pool.traits.canKill ? '' : '; code in this process cannot be ended and may still run';
      log.error(`Hard time limit (${hardS}s) exceeded for ${headers.task}[${headers.id}]${still}`);
    }
    const again = !acknowledged && options.rejectOnWorkerLost && !timedOut && outcome.kind === 'lost';
    if (again && delivery.deliveries < plan.maxDeliveries) {
      log.warn(
        `worker of task ${headers.task}[${headers.id}] was lost (${outcome.detail}), delivery ${delivery.deliveries} of ${plan.maxDeliveries}; it goes back`,
      );
      this.#settle({ kind: 'release', delivery, lost: true });
      return;
    }
    const conclusion = verdicts.lost(running, lossError(headers.id, outcome, hardS), timedOut);
    witness.ended(headers, conclusion.report);
    const poison = again ? { quarantine: `lost its worker ${delivery.deliveries} times` } : {};
    this.#apply(running, { ...conclusion, ...poison });
  }

  #settle(settlement: Settlement): void {
    this.#parts.completer.add({ records: [], followUps: [], settlement });
  }
}
