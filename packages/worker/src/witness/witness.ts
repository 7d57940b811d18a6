import type { Delivery } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { Report } from '../conclusion.ts';

/**
 * Told of every step of every task that this worker handles. Logs, counters, events and metrics are witnesses:
 * what they do changes nothing about the task. Each takes part only in what it asks for; none may throw.
 */
export interface Witness {
  /** The broker handed it over, and it will run here. */
  received?(delivery: Delivery, headers: TaskHeaders): void;
  /** A worker process begins with it. */
  started?(headers: TaskHeaders): void;
  /** That execution ended by itself, or with its process. */
  ended?(headers: TaskHeaders, report: Report): void;
  /** It was taken back: it will not run, or not to its end. */
  revoked?(headers: TaskHeaders, how: Revoking): void;
  /** No task of its name is registered here. `error` is the repr of what its caller will see. */
  unknown?(headers: TaskHeaders, error: string): void;
}

export type Revoking =
  | { readonly reason: 'expired' | 'revoked' }
  /** While it ran; `signal` is what whoever did it asked for. */
  | { readonly reason: 'terminated'; readonly signal: NodeJS.Signals };

/** Several witnesses as one. */
export class Witnesses implements Required<Witness> {
  readonly #all: readonly Witness[];

  constructor(all: readonly Witness[]) {
    this.#all = all;
  }

  received(delivery: Delivery, headers: TaskHeaders): void {
    for (const each of this.#all) each.received?.(delivery, headers);
  }

  started(headers: TaskHeaders): void {
    for (const each of this.#all) each.started?.(headers);
  }

  ended(headers: TaskHeaders, report: Report): void {
    for (const each of this.#all) each.ended?.(headers, report);
  }

  revoked(headers: TaskHeaders, how: Revoking): void {
    for (const each of this.#all) each.revoked?.(headers, how);
  }

  unknown(headers: TaskHeaders, error: string): void {
    for (const each of this.#all) each.unknown?.(headers, error);
  }
}
