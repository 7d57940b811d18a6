import { InvalidCall } from '../errors.ts';

/** How a lock is taken and held. */
export interface LockOptions {
  /**
   * How long the lock outlives its holder when that dies, in seconds. While the work goes on it is renewed three times in
   * that time. Default 30.
   */
  readonly ttl?: number;
  /** How long to wait for it, in seconds; Infinity: for ever. Default 0: give up at once. */
  readonly wait?: number;
  /** Gives up waiting, and aborts the lock's own signal. In a task the task's signal does so anyway. */
  readonly signal?: AbortSignal;
  /** Who holds it, for people who look into the store. Default: the task and its id, or the process. */
  readonly owner?: string;
}

/** Longest name, in UTF-16 units: it is a key of the store. */
export const LOCK_NAME_MAX = 512;
/** A timer of Node's counts no further: some 24 days. */
const TTL_MAX_S = 2_147_483;

/** @throws InvalidCall saying what is wrong and what would be right */
export function checkLock(name: unknown, options: LockOptions): void {
  const problems: string[] = [];
  if (typeof name !== 'string' || name === '' || name.length > LOCK_NAME_MAX) {
    problems.push(`the name of a lock is a text of 1 to ${LOCK_NAME_MAX} characters`);
  }
  const { ttl = 30, wait = 0, signal, owner, ...rest } = options;
  if (!(typeof ttl === 'number' && ttl >= 0.01 && ttl <= TTL_MAX_S)) {
    problems.push(`ttl is a number of seconds from 0.01 to ${TTL_MAX_S}`);
  }
  if (!(typeof wait === 'number' && wait >= 0)) problems.push('wait is a number of seconds from 0');
  if (signal !== undefined && !(signal instanceof AbortSignal)) problems.push('signal is an AbortSignal');
  if (owner !== undefined && (typeof owner !== 'string' || owner.length > LOCK_NAME_MAX)) {
    problems.push(`owner is a text of at most ${LOCK_NAME_MAX} characters`);
  }
  for (const unknown of Object.keys(rest)) {
    problems.push(`${unknown} is no option of a lock: there are ttl, wait, signal and owner`);
  }
  if (problems.length > 0) throw new InvalidCall(`withLock: ${problems.join('; ')}`);
}
