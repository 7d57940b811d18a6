import type { Delivery } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';

/** What is to be done with a delivery before any of its body is read. */
export type Verdict =
  | { readonly kind: 'run' }
  /** Not due: back to the broker, hidden until then. */
  | { readonly kind: 'park'; readonly untilMs: number }
  /** Too late, or taken back by somebody: state REVOKED with this reason. */
  | { readonly kind: 'discard'; readonly reason: 'expired' | 'revoked' }
  /** No task of that name here: state FAILURE, and kept in quarantine. */
  | { readonly kind: 'unknown' }
  /** It took its workers down too often: state FAILURE, and kept in quarantine. */
  | { readonly kind: 'poison' };

export interface House {
  readonly now: number;
  readonly maxDeliveries: number;
  knows(task: string): boolean;
  revoked(headers: TaskHeaders): boolean;
}

/** May it run now? The order is Celery's: unknown, then expired or revoked, then not due. */
export function admit(headers: TaskHeaders, delivery: Delivery, house: House): Verdict {
  if (!house.knows(headers.task)) return { kind: 'unknown' };
  if (headers.expires !== undefined && house.now > headers.expires) {
    return { kind: 'discard', reason: 'expired' };
  }
  if (house.revoked(headers)) return { kind: 'discard', reason: 'revoked' };
  if (delivery.deliveries > house.maxDeliveries) return { kind: 'poison' };
  if (headers.eta !== undefined && headers.eta > house.now) return { kind: 'park', untilMs: headers.eta };
  return { kind: 'run' };
}
