import type { Clock } from '@lovage/contracts';
import { realClock } from '@lovage/contracts/kit';

/** Time as beat sees it. Tests supply one they can move. */
export interface BeatClock extends Clock {
  /** Ms that only grow, also while the process is stopped: leases are reckoned by it. */
  monotonic(): number;
}

export const beatClock: BeatClock = { ...realClock, monotonic: () => performance.now() };
