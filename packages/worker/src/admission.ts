import type { App, Logger } from '@lovage/app';
import { NotRegistered, WorkerLostError } from '@lovage/app';
import type { Delivery, ResultRecord } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { errorInfo, errorInfoText, readHeaders, refuseUnaccepted } from '@lovage/protocol';
import type { House } from './admit.ts';
import { admit } from './admit.ts';
import { chordPart } from './chord-part.ts';
import type { Chords } from './chords.ts';
import type { Completer } from './completer.ts';
import type { Admitted, Executions } from './executions.ts';
import { quarantined } from './quarantine.ts';
import { readRequest } from './read-request.ts';
import { RecordWriter, revokedError } from './records.ts';
import type { Revoked } from './revoked.ts';
import type { Tally } from './tally.ts';

export interface AdmissionParts {
  readonly app: App;
  readonly hostname: string;
  readonly maxDeliveries: number;
  readonly keepsResults: boolean;
  readonly revoked: Revoked;
  readonly completer: Completer;
  readonly chords: Chords;
  readonly executions: Executions;
  readonly tally: Tally;
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
    if (!late && !this.#parts.revoked.has(headers.id, nowMs)) return true;
    try {
      this.#discard(delivery, headers, late ? 'expired' : 'revoked', nowMs);
    } catch (error) {
      this.#refuseUnreadable(delivery, error, nowMs);
    }
    return false;
  }

  #decide(delivery: Delivery, nowMs: number): Admitted | undefined {
    const { app, revoked, maxDeliveries, tally } = this.#parts;
    const headers = this.#read(delivery);
    tally.received(headers);
    const house: House = {
      now: nowMs,
      maxDeliveries,
      knows: (task) => app.tasks.has(task),
      revoked: (id) => revoked.has(id, nowMs),
    };
    const verdict = admit(headers, delivery, house);
    switch (verdict.kind) {
      case 'run':
        if (app.signals.taskReceived.size > 0) this.#announce(delivery, headers);
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

  /** For receivers of taskReceived, who want the whole request. A body that cannot be read is the runner's to report. */
  #announce(delivery: Delivery, headers: TaskHeaders): void {
    const { app, hostname } = this.#parts;
    try {
      const { request } = readRequest(app, hostname, delivery, headers);
      void app.signals.taskReceived.send(headers.task, { request });
    } catch (error) {
      this.#parts.log.debug(`taskReceived is not sent for ${headers.task}[${headers.id}]`, { err: error });
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
    this.#end(delivery, [], [quarantined(delivery, reason, nowMs)]);
  }

  #discard(delivery: Delivery, headers: TaskHeaders, reason: 'expired' | 'revoked', nowMs: number): void {
    const { app, tally, chords, hostname } = this.#parts;
    tally.discarded(headers);
    const { request } = readRequest(app, hostname, delivery, headers);
    void app.signals.taskRevoked.send(headers.task, {
      request,
      terminated: false,
      signum: null,
      expired: reason === 'expired',
    });
    const records = this.#records.revoked(request, reason, nowMs);
    const completion = { records, followUps: [], settlement: { kind: 'done', delivery } as const };
    const part = chordPart(request, 'REVOKED', () => errorInfoText(revokedError(reason)));
    if (part.chord) chords.complete(part.chord, completion);
    else this.#parts.completer.add(completion);
  }

  #refuseUnknown(delivery: Delivery, headers: TaskHeaders, nowMs: number): void {
    const { app, log } = this.#parts;
    const error = new NotRegistered(headers.task);
    log.error(
      `Received unregistered task of type '${headers.task}'. Its message is kept in quarantine. Did you import the module that defines it?`,
    );
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
    const records = this.#records.failure(subject, errorInfo(error), null, nowMs);
    this.#end(delivery, records, [quarantined(delivery, `no task ${headers.task} is registered`, nowMs)]);
  }

  #refusePoison(admitted: Admitted, nowMs: number): void {
    const { delivery, headers } = admitted;
    const losses = delivery.deliveries - 1;
    const reason = `lost its worker ${losses} times`;
    this.#parts.log.error(
      `Task ${headers.task}[${headers.id}] ${reason}: it will not run again. Kept in quarantine.`,
    );
    const error = new WorkerLostError(`the task ${reason}`);
    const conclusion = this.#parts.executions.concludeLoss(admitted, error, false);
    this.#end(delivery, conclusion.records, [...conclusion.followUps, quarantined(delivery, reason, nowMs)]);
  }

  #end(
    delivery: Delivery,
    records: readonly ResultRecord[],
    followUps: Parameters<Completer['add']>[0]['followUps'],
  ): void {
    this.#parts.completer.add({ records, followUps, settlement: { kind: 'done', delivery } });
  }
}
