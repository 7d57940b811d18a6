import type { Delivery, OutgoingMessage, Settlement } from '@lovage/contracts';
import type { Arrived } from './arrived.ts';
import type { Departing } from './publisher.ts';

export type Answer = 'ack' | 'requeue' | 'drop';

/** How we hold a message that RabbitMQ waits for an answer to. */
export interface Grip {
  /** The channel that it came through lives. */
  isOurs(): boolean;
  /** Answers whether RabbitMQ could be told. */
  answer(how: Answer): boolean;
  /** How it came, unless it stands in a queue of our own already. */
  readonly arrived?: Arrived;
  /** Given back, it stands where it stood. Otherwise it is published anew. */
  readonly returns: boolean;
  /** Refused, RabbitMQ brings it where its queue says. Otherwise that is for us. */
  readonly buries: boolean;
}

/** A delivery that somebody works on. */
export interface Held {
  readonly delivery: Delivery;
  /** Since when RabbitMQ waits for our answer; performance.now(). */
  sinceMs: number;
  grip: Grip;
  /** It is on its way to another grip: it cannot be answered meanwhile. */
  moving?: Promise<void>;
}

/** What must be in the broker before a delivery may be gone from it. */
export function departures(
  settlement: Settlement,
  { grip }: Held,
  deadLetter: string | undefined,
): readonly Departing[] {
  const { queue, envelope, deliveries } = settlement.delivery;
  const itself: OutgoingMessage = { queue, envelope };
  switch (settlement.kind) {
    case 'done':
      return settlement.followUps ?? [];
    case 'defer':
      return [{ ...itself, notBefore: settlement.notBefore }];
    case 'reject':
      return grip.buries || deadLetter === undefined ? [] : [{ ...itself, queue: deadLetter }];
    case 'release': {
      if (grip.returns && !settlement.lost) return [];
      const losses = settlement.lost ? 1 : 0;
      return [{ ...itself, marks: { deliveries: deliveries + losses, redelivered: true } }];
    }
  }
}

/** What RabbitMQ is told once those are there. */
export function answerOf(settlement: Settlement, { grip }: Held): Answer {
  if (settlement.kind === 'reject') return grip.buries ? 'drop' : 'ack';
  return settlement.kind === 'release' && grip.returns && !settlement.lost ? 'requeue' : 'ack';
}
