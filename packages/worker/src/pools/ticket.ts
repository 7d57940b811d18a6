import type { PoolJob, PoolOutcome } from '@lovage/contracts';
import { TimeLimits } from './time-limits.ts';

/** Numbers fit the four bytes of a permit. Two that are in a pool together never have the same. */
let last = 0;

/** A job in a process pool, from `run` to its outcome. */
export class Ticket {
  readonly number: number;
  readonly job: PoolJob;
  /** Asked to stop before it began: it is told as soon as it does. */
  asked = false;
  /** To be killed, and why, as soon as the pool hears that it began. */
  condemned: string | undefined;
  readonly #resolve: (outcome: PoolOutcome) => void;
  #limits: TimeLimits | undefined;

  constructor(job: PoolJob, resolve: (outcome: PoolOutcome) => void) {
    last = (last + 1) >>> 0;
    this.number = last;
    this.job = job;
    this.#resolve = resolve;
  }

  begin(pid: number, on: { soft(softMs: number): void; hard(detail: string): void }): void {
    this.job.onStart?.(pid);
    this.#limits = TimeLimits.for(this.job, on);
  }

  /** Its child died before it truly began. */
  rewind(): void {
    this.#limits?.clear();
    this.#limits = undefined;
  }

  end(outcome: PoolOutcome): void {
    this.#limits?.clear();
    this.#resolve(outcome);
  }
}
