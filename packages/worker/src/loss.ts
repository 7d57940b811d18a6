import { TimeLimitExceeded, WorkerLostError } from '@lovage/app';
import type { PoolOutcome } from '@lovage/contracts';

/** An outcome that is none of the task's own. */
export type Lost = Exclude<PoolOutcome, { kind: 'returned' }>;

export const NEVER_BEGAN: Lost = { kind: 'lost', reason: 'killed', detail: 'terminated before it began' };

/** What its caller is told. `hardS` is its hard limit in seconds. */
export function lossError(taskId: string, outcome: Lost, hardS: number | undefined): Error {
  if (outcome.kind === 'threw') return new WorkerLostError(`the pool failed: ${outcome.error.message}`);
  if (outcome.reason === 'time-limit') return new TimeLimitExceeded(hardS ?? 0);
  // The text of Celery, which people and tools look for.
  return new WorkerLostError(`Worker exited prematurely: ${outcome.detail} Job: ${taskId}.`);
}
