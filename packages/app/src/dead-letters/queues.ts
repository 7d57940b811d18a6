/** Where what has failed for good is kept. An ordinary queue of the broker's, which nobody consumes. */
export const DEAD_LETTERS = 'lovage.dead-letters';

/** Where messages that no task will ever run are kept for a person to look at. An ordinary queue. */
export const QUARANTINE = 'lovage.quarantine';

/**
 * Why a message is kept. 'failed': its task failed after the last retry. 'rejected': its task threw Reject. 'poison': it took
 * its worker down every time. 'unreadable', 'unknown': no task could run it.
 */
export type DeadLetterKind = 'failed' | 'rejected' | 'poison' | 'unreadable' | 'unknown';

export const DEAD_LETTER_KINDS: readonly DeadLetterKind[] = [
  'failed',
  'rejected',
  'poison',
  'unreadable',
  'unknown',
];

/** Headers that keeping a message, and the count of deliveries, add to it. They do not go back with it. */
export const ADDED_HEADERS: ReadonlySet<string> = new Set([
  'lovage_reason',
  'lovage_queue',
  'lovage_at',
  'lovage_priority',
  'lovage_kind',
  'lovage_traceback',
  'lovage_worker',
  'lovage_deliveries',
]);
