import type { App, Logger } from '@lovage/app';
import { TimeLimitExceeded, WorkerLostError } from '@lovage/app';
import type { Delivery, Pool, PoolOutcome, Settlement } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { errorInfo, errorInfoText, errorRepr } from '@lovage/protocol';
import { chordPart } from './chord-part.ts';
import type { Chords } from './chords.ts';
import type { Completer } from './completer.ts';
import { failure } from './conclude.ts';
import type { Conclusion } from './conclusion.ts';
import { limitsOf } from './limits.ts';
import type { WorkerPlan } from './options.ts';
import { quarantined } from './quarantine.ts';
import { readRequest } from './read-request.ts';
import { revokedError } from './records.ts';
import type { JobReport, TaskJob, TaskRunner } from './runner.ts';
import type { Tally } from './tally.ts';

/** A delivery that was admitted, from its turn until it is settled. */
export interface Admitted {
  readonly delivery: Delivery;
  readonly headers: TaskHeaders;
}

/** Runs admitted deliveries in the pool, one method per step, top to bottom. */
export class Executions {
  readonly #app: App;
  readonly #plan: WorkerPlan;
  readonly #pool: Pool;
  readonly #completer: Completer;
  readonly #chords: Chords;
  /** Concludes here what its own process no longer can. */
  readonly #runner: TaskRunner;
  readonly #tally: Tally;
  readonly #log: Logger;
  /** In-process jobs share the headers already read; other processes read them again, cheaper than sending them. */
  readonly #sharesProcess: boolean;
  readonly #running = new Map<string, Admitted>();
  readonly #terminated = new Set<string>();
  /** Receipts of running deliveries that are no longer the broker's to take away: acknowledged early, or taken already. */
  readonly #unleased = new Set<string>();
  #onEnd: (() => void) | undefined;
  #acknowledging = 0;
  #stoppingCold = false;

  constructor(parts: {
    app: App;
    plan: WorkerPlan;
    pool: Pool;
    completer: Completer;
    chords: Chords;
    runner: TaskRunner;
    tally: Tally;
    log: Logger;
  }) {
    this.#app = parts.app;
    this.#plan = parts.plan;
    this.#pool = parts.pool;
    this.#completer = parts.completer;
    this.#chords = parts.chords;
    this.#runner = parts.runner;
    this.#tally = parts.tally;
    this.#log = parts.log;
    this.#sharesProcess = !parts.pool.traits.isolated;
  }

  /** Admitted and started, not yet settled. */
  get running(): ReadonlyMap<string, Admitted> {
    return this.#running;
  }

  /** Those whose lease must be renewed. */
  held(): Delivery[] {
    const held: Delivery[] = [];
    for (const { delivery } of this.#running.values()) {
      if (!this.#unleased.has(delivery.receipt)) held.push(delivery);
    }
    return held;
  }

  /** Started, and waiting for the broker to forget the message before a slot is taken. */
  get acknowledging(): number {
    return this.#acknowledging;
  }

  /** Runs it to its end. Never rejects. */
  async start(admitted: Admitted): Promise<void> {
    const { delivery, headers } = admitted;
    const acksLate = this.#app.tasks.get(headers.task)!.options.acksLate;
    this.#running.set(delivery.receipt, admitted);
    try {
      if (!acksLate && (await this.#acknowledge(delivery)) === 'lost') return;
      const outcome = await this.#pool.run(this.#job(admitted));
      if (this.#terminated.has(delivery.receipt)) {
        this.#apply(admitted, this.#concludeTerminated(admitted), acksLate);
      } else if (outcome.kind === 'returned') {
        this.#apply(admitted, outcome.output as Conclusion, acksLate);
      } else {
        this.#applyLoss(admitted, outcome, acksLate);
      }
    } catch (error) {
      // Only a bug of ours comes here; the message must not vanish with it.
      this.#log.error(`cannot conclude task ${headers.task}[${headers.id}]`, { err: error });
      if (acksLate) this.#settle({ kind: 'release', delivery, lost: true });
    } finally {
      this.#running.delete(delivery.receipt);
      this.#terminated.delete(delivery.receipt);
      this.#unleased.delete(delivery.receipt);
      this.#onEnd?.();
    }
  }

  /** Resolves when nothing runs any more. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
    }
  }

  /** Ends running tasks by id, as `revoke(terminate=True)` asks: their state becomes REVOKED. */
  terminate(taskIds: ReadonlySet<string>): void {
    for (const [receipt, { headers }] of this.#running) {
      if (!taskIds.has(headers.id)) continue;
      this.#terminated.add(receipt);
      if (!this.#pool.stop(receipt, 'kill')) this.#pool.stop(receipt, 'ask');
    }
  }

  /** Ends what runs: deliveries not yet acknowledged go back as they were. */
  stopCold(): void {
    this.#stoppingCold = true;
  }

  /** The broker gave these to somebody else: their work here is in vain. */
  abandon(lost: readonly Delivery[]): void {
    for (const delivery of lost) {
      const running = this.#running.get(delivery.receipt);
      // It may have been acknowledged while its renewal was on the way.
      if (!running || this.#unleased.has(delivery.receipt)) continue;
      this.#unleased.add(delivery.receipt);
      this.#log.warn(
        `lost the lease of task ${running.headers.task}[${running.headers.id}]; another worker may run it`,
      );
      this.#pool.stop(delivery.receipt, 'ask');
    }
  }

  /** Early ack: the broker forgets the message before the function runs, so that it never runs twice. */
  async #acknowledge(delivery: Delivery): Promise<'ours' | 'lost'> {
    this.#acknowledging += 1;
    this.#unleased.add(delivery.receipt);
    const answer = await new Promise<'ours' | 'lost'>((resolve) => {
      this.#completer.add({
        records: [],
        followUps: [],
        settlement: { kind: 'done', delivery },
        onSettled: (lost) => resolve(lost ? 'lost' : 'ours'),
      });
    });
    this.#acknowledging -= 1;
    return answer;
  }

  #job({ delivery, headers }: Admitted) {
    const { envelope, queue, redelivered, receipt } = delivery;
    const { options } = this.#app.tasks.get(headers.task)!;
    const { hardS, softS } = limitsOf(headers, options, this.#plan);
    const input: TaskJob = { envelope, queue, redelivered, ...(this.#sharesProcess ? { headers } : {}) };
    return {
      id: receipt,
      input,
      ...(hardS ? { hardMs: hardS * 1000 } : {}),
      ...(softS ? { softMs: softS * 1000 } : {}),
      onReport: (report: unknown) => this.#completer.add({ records: report as JobReport, followUps: [] }),
    };
  }

  #apply({ delivery, headers }: Admitted, conclusion: Conclusion, acksLate: boolean): void {
    const { records, settlement, quarantine, report, chord } = conclusion;
    this.#tally.ended(headers, report);
    const kept = quarantine === undefined ? [] : [quarantined(delivery, quarantine, Date.now())];
    const followUps = kept.length > 0 ? [...conclusion.followUps, ...kept] : conclusion.followUps;
    const completion = {
      records,
      followUps,
      ...(acksLate ? { settlement: { kind: settlement, delivery } as Settlement } : {}),
    };
    if (chord) this.#chords.complete(chord, completion);
    else this.#completer.add(completion);
  }

  /** The process that ran it is gone, or the job's time was up. */
  #applyLoss(
    admitted: Admitted,
    outcome: Exclude<PoolOutcome, { kind: 'returned' }>,
    acksLate: boolean,
  ): void {
    const { delivery, headers } = admitted;
    const { options } = this.#app.tasks.get(headers.task)!;
    if (this.#stoppingCold && acksLate) {
      this.#settle({ kind: 'release', delivery });
      return;
    }

    const timedOut = outcome.kind === 'lost' && outcome.reason === 'time-limit';
    const { hardS } = limitsOf(headers, options, this.#plan);
    if (timedOut) {
      const still = this.#pool.traits.canKill
        ? ''
        : '; code in this process cannot be ended and may still run';
      this.#log.error(`Hard time limit (${hardS}s) exceeded for ${headers.task}[${headers.id}]${still}`);
    }
    const again = acksLate && options.rejectOnWorkerLost && !timedOut && outcome.kind === 'lost';
    if (again && delivery.deliveries < this.#plan.maxDeliveries) {
      this.#log.warn(
        `worker of task ${headers.task}[${headers.id}] was lost (${outcome.detail}), delivery ${delivery.deliveries} of ${this.#plan.maxDeliveries}; it goes back`,
      );
      this.#settle({ kind: 'release', delivery, lost: true });
      return;
    }
    const conclusion = this.concludeLoss(admitted, lossError(admitted, outcome, hardS), timedOut);
    const poison = again ? { quarantine: `lost its worker ${delivery.deliveries} times` } : {};
    this.#apply(admitted, { ...conclusion, ...poison }, acksLate);
  }

  /** A failure concluded by the worker itself: there is no process left that could. */
  concludeLoss({ delivery, headers }: Admitted, error: Error, timedOut: boolean): Conclusion {
    const app = this.#app;
    const { envelope, queue } = delivery;
    const task = app.tasks.get(headers.task)!;
    const { request, body } = readRequest(app, this.#plan.hostname, delivery, headers);
    const records = this.#runner.writerFor(task);
    const execution = {
      app,
      options: task.options,
      request,
      queue,
      envelope,
      headers,
      body,
      records,
      ...this.#runner.facts,
      describe: true,
    };
    const info = errorInfo(error);
    const { warning, ...conclusion } = failure(execution, info, null, Date.now());
    return {
      ...conclusion,
      settlement: timedOut && !task.options.acksOnFailureOrTimeout ? 'reject' : 'done',
      report: { kind: 'failed', runtimeS: 0, text: errorRepr(info), ...(warning ? { warning } : {}) },
    };
  }

  /** Somebody took the task back while it ran, and meant it. */
  #concludeTerminated({ delivery, headers }: Admitted): Conclusion {
    const { request } = readRequest(this.#app, this.#plan.hostname, delivery, headers);
    const task = this.#app.tasks.get(headers.task)!;
    void this.#app.signals.taskRevoked.send(headers.task, {
      request,
      terminated: true,
      signum: 'SIGKILL',
      expired: false,
    });
    return {
      records: this.#runner.writerFor(task).revoked(request, 'terminated', Date.now()),
      followUps: [],
      settlement: 'done',
      ...chordPart(request, 'REVOKED', () => errorInfoText(revokedError('terminated'))),
      report: { kind: 'ignored', runtimeS: 0, text: 'terminated' },
    };
  }

  #settle(settlement: Settlement): void {
    this.#completer.add({ records: [], followUps: [], settlement });
  }
}

function lossError(
  { headers }: Admitted,
  outcome: Exclude<PoolOutcome, { kind: 'returned' }>,
  hardS: number | undefined,
): Error {
  if (outcome.kind === 'threw') return new WorkerLostError(`the pool failed: ${outcome.error.message}`);
  if (outcome.reason === 'time-limit') return new TimeLimitExceeded(hardS ?? 0);
  // The text of Celery, which people and tools look for.
  return new WorkerLostError(`Worker exited prematurely: ${outcome.detail} Job: ${headers.id}.`);
}
