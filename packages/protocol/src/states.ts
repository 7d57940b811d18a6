/** Nothing follows these: the task is over. Celery's READY_STATES. */
export const READY_STATES: ReadonlySet<string> = new Set(['SUCCESS', 'FAILURE', 'REVOKED']);

/** The same set under the name the contracts use. */
export const FINAL_STATES = READY_STATES;

export const UNREADY_STATES: ReadonlySet<string> = new Set([
  'PENDING',
  'RECEIVED',
  'STARTED',
  'REJECTED',
  'RETRY',
]);

/** The result of these is an error. */
export const EXCEPTION_STATES: ReadonlySet<string> = new Set(['RETRY', 'FAILURE', 'REVOKED']);

/** `get()` throws the error of these. */
export const PROPAGATE_STATES: ReadonlySet<string> = new Set(['FAILURE', 'REVOKED']);

/** Most settled first; a state of one's own stands where `null` does. */
const PRECEDENCE: readonly (string | null)[] = [
  'SUCCESS',
  'FAILURE',
  null,
  'REVOKED',
  'STARTED',
  'RECEIVED',
  'REJECTED',
  'RETRY',
  'PENDING',
];
const CUSTOM_RANK = PRECEDENCE.indexOf(null);

/** Whether no later state may follow. */
export function isFinal(state: string): boolean {
  return READY_STATES.has(state);
}

/** 0 for the most settled state (SUCCESS); Celery's `states.precedence`. */
export function precedence(state: string | null): number {
  const rank = PRECEDENCE.indexOf(state);
  return rank === -1 ? CUSTOM_RANK : rank;
}
