import type { App, Logger, TaskRequest } from '@lovage/app';
import { NotRegistered, WorkerLostError } from '@lovage/app';
import type { Delivery, ResultRecord } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { errorInfo, errorInfoText, errorRepr, readHeaders, refuseUnaccepted } from '@lovage/protocol';
import type { House } from './admit.ts';
import { admit } from './admit.ts';
import { chordParts } from './chord-part.ts';
import type { Chords } from './chords.ts';
import type { Completer } from './completer.ts';
import type { Admitted } from './executions.ts';
import { neverRun } from './never-run.ts';
import type { Quarantine } from './quarantine.ts';
import { readRequest } from './read-request.ts';
import { RecordWriter } from './records.ts';
import { takenBack } from './taken-back.ts';
import type { Witness } from './witness/witness.ts';
import type { WorkerVerdicts } from './worker-verdicts.ts';

export interface AdmissionParts {
  readonly app: App;
  readonly hostname: string;
  readonly maxDeliveries: number;
  readonly keepsResults: boolean;
  readonly isRevoked: (headers: TaskHeaders, nowMs: number) => boolean;
  readonly completer: Completer;
  readonly chords: Chords;
  readonly verdicts: WorkerVerdicts;
  readonly quarantine: Quarantine;
  readonly witness: Required<Witness>;
  readonly log: Logger;
}

/** Reads the headers of a delivery, lets it in, or sees to it that it ends as its verdict says. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #accept: ReadonlySet<string>;
  /** For messages whose task is not known here: they were asked to keep results unless they say otherwise. */
  readonly #records: RecordWriter;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#accept = parts.app.acceptedContentTypes();
    this.#records = new RecordWriter(parts.app, { ...parts, errorsEvenIfIgnored: false });
  }

  /**
   * The delivery with its headers if it may run now; otherwise undefined, and its end is under way.
   * A message that cannot be read is kept for people and acknowledged: it stops nobody. Never throws.
   */
  decide(delivery: Delivery, nowMs: number): Admitted | undefined {
    try {
      return this.#decide(delivery, nowMs);
    } catch (error) {
      this.#refuseUnreadable(delivery, error, nowMs);
      return undefined;
    }
  }

  /**
   * Whether a delivery that was let in and had to wait for a slot may run still. If it was taken back meanwhile,
   * or its time is over, its end is under way. Never throws.
   */
  reconsider({ delivery, headers }: Admitted, nowMs: number): boolean {
    const late = headers.expires !== undefined && nowMs > headers.expires;
    if (!late && !this.#parts.isRevoked(headers, nowMs)) return true;
    try {
      this.#discard(delivery, headers, late ? 'expired' : 'revoked', nowMs);
    } catch (error) {
      this.#refuseUnreadable(delivery, error, nowMs);
    }
    return false;
  }

  /** It stays here until it runs. Once for each delivery that was let in: what is parked is no news. Never throws. */
  announce({ delivery, headers }: Admitted): void {
    const { app, hostname, witness, log } = this.#parts;
    witness.received(delivery, headers);
    if (app.signals.taskReceived.size === 0) return;
    try {
      // Its receivers want the whole request. A body that cannot be read is the runner's to report.
      const { request } = readRequest(app, hostname, delivery, headers);
      void app.signals.taskReceived.send(headers.task, { request });
    } catch (error) {
      log.debug(`taskReceived is not sent for ${headers.task}[${headers.id}]`, { err: error });
    }
  }

  #decide(delivery: Delivery, nowMs: number): Admitted | undefined {
    const { app, isRevoked, maxDeliveries } = this.#parts;
    const headers = this.#read(delivery);
    const house: House = {
      now: nowMs,
      maxDeliveries,
      knows: (task) => app.tasks.has(task),
      revoked: (headers) => isRevoked(headers, nowMs),
    };
    const verdict = admit(headers, delivery, house);
    switch (verdict.kind) {
      case 'run':
        return { delivery, headers };
      case 'park': {
        const settlement = { kind: 'defer', delivery, notBefore: verdict.untilMs } as const;
        this.#parts.completer.add({ records: [], followUps: [], settlement });
        return undefined;
      }
      case 'discard':
        this.#discard(delivery, headers, verdict.reason, nowMs);
        return undefined;
      case 'unknown':
        this.#refuseUnknown(delivery, headers, nowMs);
        return undefined;
      case 'poison':
        this.#refusePoison({ delivery, headers }, nowMs);
        return undefined;
    }
  }

  #read({ fault, envelope }: Delivery): TaskHeaders {
    if (fault !== undefined) throw new Error(fault);
    refuseUnaccepted(envelope.contentType, this.#accept);
    return readHeaders(envelope, { timezone: this.#parts.app.conf.timezone });
  }

  /** Its headers, or, where its end has to be told to others, its body. */
  #refuseUnreadable(delivery: Delivery, error: unknown, nowMs: number): void {
    const { app, log } = this.#parts;
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`Received invalid task message on ${delivery.queue}: ${reason}. Kept in quarantine.`);
    void app.signals.taskRejected.send(null, { message: delivery.envelope, exc: error });
    this.#end(delivery, [], [this.#parts.quarantine.keep(delivery, reason, nowMs, 'unreadable')]);
  }

  #discard(delivery: Delivery, headers: TaskHeaders, reason: 'expired' | 'revoked', nowMs: number): void {
    const { app, witness, chords, hostname } = this.#parts;
    witness.revoked(headers, { reason });
    const { request } = readRequest(app, hostname, delivery, headers);
    void app.signals.taskRevoked.send(headers.task, {
      request,
      terminated: false,
      signum: null,
      expired: reason === 'expired',
    });
    const { records, chords: parts } = takenBack(this.#records, request, reason, nowMs);
    const completion = { records, followUps: [], settlement: { kind: 'done', delivery } as const };
    if (parts) chords.complete(parts, completion);
    else this.#parts.completer.add(completion);
  }

  #refuseUnknown(delivery: Delivery, headers: TaskHeaders, nowMs: number): void {
    const { app, witness } = this.#parts;
    const error = new NotRegistered(headers.task);
    const info = errorInfo(error);
    witness.unknown(headers, errorRepr(info));
    void app.signals.taskUnknown.send(null, {
      message: delivery.envelope,
      exc: error,
      name: headers.task,
      id: headers.id,
    });
    const subject = {
      id: headers.id,
      task: headers.task,
      group: null,
      parentId: null,
      replyTo: delivery.envelope.replyTo ?? null,
      retries: headers.retries,
      ignoreResult: headers.ignoreResult === true,
    };
    const reason = `no task ${headers.task} is registered`;
    const followUps = [this.#parts.quarantine.keep(delivery, reason, nowMs, 'unknown')];
    // Whoever waits for what follows it, a chord too, must learn that it will not come; in Celery they would wait for ever.
    const request = this.#requestOf(delivery, headers);
    const subjects = [subject, ...neverRun(request?.chain, headers.id)];
    const records = subjects.flatMap((each) => this.#records.failure(each, info, null, nowMs));
    const parts = request && chordParts(request, 'FAILURE', () => errorInfoText(info)).chords;
    const completion = { records, followUps, settlement: { kind: 'done', delivery } as const };
    if (parts) this.#parts.chords.complete(parts, completion);
    else this.#parts.completer.add(completion);
  }

  /** Undefined where the body cannot be read. */
  #requestOf(delivery: Delivery, headers: TaskHeaders): TaskRequest | undefined {
    try {
      return readRequest(this.#parts.app, this.#parts.hostname, delivery, headers).request;
    } catch {
      return undefined;
    }
  }

  #refusePoison(admitted: Admitted, nowMs: number): void {
    const { delivery, headers } = admitted;
    const losses = delivery.deliveries - 1;
    const reason = `lost its worker ${losses} times`;
    this.#parts.log.error(
      `Task ${headers.task}[${headers.id}] ${reason}: it will not run again. Kept in quarantine.`,
    );
    const error = new WorkerLostError(`the task ${reason}`);
    const conclusion = this.#parts.verdicts.lost(admitted, error, false);
    this.#parts.witness.ended(headers, conclusion.report);
    const { records, chords, opens } = conclusion;
    const kept = this.#parts.quarantine.keep(delivery, reason, nowMs, 'poison');
    const followUps = [...conclusion.followUps, kept];
    const settlement = { kind: 'done', delivery } as const;
    const completion = { records, followUps, settlement, ...(opens ? { opens } : {}) };
    if (chords) this.#parts.chords.complete(chords, completion);
    else this.#parts.completer.add(completion);
  }

  #end(
    delivery: Delivery,
    records: readonly ResultRecord[],
    followUps: Parameters<Completer['add']>[0]['followUps'],
  ): void {
    this.#parts.completer.add({ records, followUps, settlement: { kind: 'done', delivery } });
  }
}
