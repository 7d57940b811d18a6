import type { App, ResolvedTaskOptions } from '@lovage/app';
import { DEAD_LETTERS } from '@lovage/app';
import type { Delivery, OutgoingMessage } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { Conclusion, Report } from './conclusion.ts';
import type { Admitted } from './executions.ts';
import { retryMessage } from './follow-ups.ts';
import type { Quarantine } from './quarantine.ts';
import { readRequest } from './read-request.ts';
import type { Trimmer } from './trimmer.ts';

/** Of an error, in UTF-16 units: the headers of a message must fit one frame of RabbitMQ, 128 KiB. */
const REASON_MAX = 1000;
const TRACEBACK_MAX = 8000;

export interface DeadLetterOfficeParts {
  readonly app: App;
  readonly hostname: string;
  readonly quarantine: Quarantine;
  /** Holds the dead letters to their size. */
  readonly trimmer: Trimmer;
}

/**
 * Keeps the messages of what will not run again. What it answers is sent with the end of the delivery, in one write with
 * the failure's record where one store serves both, and before the acknowledgement elsewhere.
 */
export class DeadLetterOffice {
  readonly #parts: DeadLetterOfficeParts;

  constructor(parts: DeadLetterOfficeParts) {
    this.#parts = parts;
  }

  /**
   * What is to be kept of a task that has ended so: nothing, or one message.
   * @param acknowledged The broker has forgotten it, so that no dead-letter queue of its own can get it.
   */
  kept(
    { delivery, headers }: Admitted,
    { quarantine, settlement, report }: Omit<Conclusion, 'report'> & Partial<Pick<Conclusion, 'report'>>,
    acknowledged: boolean,
  ): readonly OutgoingMessage[] {
    const { app, trimmer } = this.#parts;
    if (quarantine !== undefined) {
      const kind = report?.kind === 'unreadable' ? 'unreadable' : 'poison';
      return [this.#parts.quarantine.keep(delivery, quarantine, Date.now(), kind)];
    }
    const { options } = app.tasks.get(headers.task)!;
    if (!report || !diesBy(report, options)) return [];
    // Whoever has named a dead-letter queue for it gets it there, and there alone.
    if (settlement === 'reject' && !acknowledged && this.#hasItsOwn(delivery.queue)) return [];
    trimmer.soon();
    return [this.#letter(delivery, headers, report)];
  }

  #hasItsOwn(queue: string): boolean {
    return this.#parts.app
      .queues()
      .some(({ name, deadLetter }) => name === queue && deadLetter !== undefined);
  }

  #letter(delivery: Delivery, headers: TaskHeaders, report: Report): OutgoingMessage {
    // One line in the order of arrival: what has waited longest is what makes room.
    const { priority, ...envelope } = this.#envelope(delivery, headers);
    const { traceback } = report;
    return {
      queue: DEAD_LETTERS,
      envelope: {
        ...envelope,
        headers: {
          ...envelope.headers,
          lovage_kind: report.kind,
          lovage_reason: cut(report.text, REASON_MAX),
          lovage_queue: delivery.queue,
          lovage_at: new Date().toISOString(),
          lovage_worker: this.#parts.hostname,
          ...(traceback ? { lovage_traceback: cut(traceback, TRACEBACK_MAX) } : {}),
          ...(priority === undefined ? {} : { lovage_priority: priority }),
        },
      },
    };
  }

  /** Protocol 1 has its retries in the body, where nobody could set them back: such a message is written anew. */
  #envelope(delivery: Delivery, headers: TaskHeaders) {
    const { app, hostname } = this.#parts;
    const { queue, envelope } = delivery;
    if (headers.protocol !== 1) return envelope;
    const { body } = readRequest(app, hostname, delivery, headers);
    const again = retryMessage(app, queue, envelope, headers, body, {}).envelope;
    return { ...again, headers: { ...again.headers, retries: headers.retries } };
  }
}

/** It failed for good, and not as one of the errors that are part of its business; or it was refused. */
function diesBy({ kind, expected, requeue }: Report, { deadLetter }: ResolvedTaskOptions): boolean {
  if (!deadLetter) return false;
  return (kind === 'failed' && expected !== true) || (kind === 'rejected' && requeue !== true);
}

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}…` : text);
