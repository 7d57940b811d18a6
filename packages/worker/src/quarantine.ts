import type { DeadLetterKind } from '@lovage/app';
import { QUARANTINE } from '@lovage/app';
import type { Delivery, OutgoingMessage } from '@lovage/contracts';
import { Trimmer, type TrimmerParts } from './trimmer.ts';

export { QUARANTINE };

/**
 * The delivery as it came, with why, whence and when in its headers. Its priority is kept there too: the quarantine
 * is one line in the order of arrival, so that what has waited longest is what makes room.
 */
export function quarantined(
  delivery: Delivery,
  reason: string,
  nowMs: number,
  kind?: DeadLetterKind,
): OutgoingMessage {
  const { priority, ...envelope } = delivery.envelope;
  return {
    queue: QUARANTINE,
    envelope: {
      ...envelope,
      headers: {
        ...envelope.headers,
        lovage_reason: reason,
        lovage_queue: delivery.queue,
        lovage_at: new Date(nowMs).toISOString(),
        ...(kind === undefined ? {} : { lovage_kind: kind }),
        ...(priority === undefined ? {} : { lovage_priority: priority }),
      },
    },
  };
}

export type QuarantineParts = Omit<TrimmerParts, 'queue' | 'name' | 'setting'>;

/** Keeps messages that no task will run. */
export class Quarantine {
  readonly #trimmer: Trimmer;

  constructor(parts: QuarantineParts) {
    this.#trimmer = new Trimmer({
      ...{ ...parts, queue: QUARANTINE, name: 'the quarantine' },
      setting: 'lovageQuarantineMax',
    });
  }

  /** Looks once whether there are too many: fewer may be allowed now than when they were kept. */
  start(): void {
    this.#trimmer.soon();
  }

  /** The message to send with the end of the delivery. */
  keep(delivery: Delivery, reason: string, nowMs: number, kind?: DeadLetterKind): OutgoingMessage {
    this.#trimmer.soon();
    return quarantined(delivery, reason, nowMs, kind);
  }

  /** Once all that was kept has been sent. Never rejects. */
  stop(): Promise<void> {
    return this.#trimmer.stop();
  }
}
