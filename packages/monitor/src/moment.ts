import type { EventDocument } from '@lovage/protocol';
import { amount } from './fields.ts';

/** When something happened, and at whom. */
export interface Moment {
  /** Epoch seconds. */
  readonly timestamp: number;
  /** The Lamport clock of `hostname`. */
  readonly clock: number;
  readonly hostname: string;
}

export function momentOf(event: EventDocument): Moment {
  return { timestamp: event.timestamp, clock: amount(event, 'clock') ?? 0, hostname: event.hostname };
}

/**
 * Did `one` happen after `other`? One order of all moments, so that it does not matter in which order they are told.
 * Wall clocks come first: Lamport clocks of two workers that never heard of each other say nothing (messages of tasks
 * do not carry them), and a worker that starts again counts from 0. Within one tick of the wall clock they decide.
 */
export function isLater(one: Moment, other: Moment): boolean {
  if (one.timestamp !== other.timestamp) return one.timestamp > other.timestamp;
  if (one.clock !== other.clock) return one.clock > other.clock;
  return one.hostname > other.hostname;
}
