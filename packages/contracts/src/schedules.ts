import type { OutgoingMessage } from './envelope.ts';

/**
 * Keeps periodic entries, and lets each due time pass once. Beats may be many and believe what they like: what decides
 * is the compare-and-set of `claimRuns`.
 */
export interface ScheduleStore {
  readonly traits: ScheduleTraits;

  /** All of them, in the order of their names. */
  list(): Promise<readonly StoredSchedule[]>;

  get(name: string): Promise<StoredSchedule | undefined>;

  /**
   * Insert or replace definitions: all that may be, up to `PUT_TOGETHER` in one step, more in several. An existing entry
   * keeps its `lastRun`, `lastSent` and `runs`. Answers in the order given, which is that in which they are made, should
   * a name come twice: false where `replaces` names a version that is no longer there.
   */
  put(changes: readonly ScheduleChange[]): Promise<readonly boolean[]>;

  /** Answers in the order given: false where there was none. */
  remove(names: readonly string[]): Promise<readonly boolean[]>;

  /**
   * Compare-and-set `lastRun` of many entries, each by itself, and send the messages of those that were won. Winning
   * and sending are one step: whoever dies in it has done both or neither. Answers in the order given: true for exactly
   * one caller per occurrence; false also for an entry that is gone or disabled, and for all when a larger fence has
   * been here. They are made in that order: one entry may come twice, its second claim naming the first as `previous`.
   * A call that rejects as 'unavailable' may have happened all the same, in part where it was of many: list again before
   * you go on. A message that cannot be sent rejects it too, and then its entry has not been claimed.
   */
  claimRuns(claims: readonly RunClaim[], options: ClaimOptions): Promise<readonly boolean[]>;

  /** The first `limit` messages that were kept and not yet forgotten, the oldest first: as they were claimed. */
  kept(limit: number): Promise<readonly KeptMessage[]>;

  /** They have been sent. Forgetting again what is forgotten does nothing. */
  forget(ids: readonly string[]): Promise<void>;

  /** Changes whenever a definition is put or removed, not when one runs. Cheap to poll. */
  revision(): Promise<string>;

  close(): Promise<void>;
}

/** What one `put` makes in one step. */
export const PUT_TOGETHER = 2000;

/** Facts that beat and the exam may branch on. */
export interface ScheduleTraits {
  /** `claimRuns` can publish into the broker of the same driver. Otherwise messages can only be kept. */
  readonly publishes: boolean;
  /**
   * What definitions are: bytes that the store never looks into, or JSON of the columns that django-celery-beat's
   * tables have, which it writes to them and reads from them.
   */
  readonly form: 'opaque' | 'django';
}

export interface ScheduleDefinition {
  readonly name: string;
  /** Encoded by beat: when to run and what to send. */
  readonly definition: Uint8Array;
  readonly enabled: boolean;
  /** Epoch ms, as all times here: whole. Due times are counted from then where `lastRun` is not later: when it was made, changed or enabled. */
  readonly since: number;
}

export interface ScheduleChange extends ScheduleDefinition {
  /** Only over this version; null: only where there is none. Left out: over whatever there is. */
  readonly replaces?: string | null;
}

export interface StoredSchedule extends ScheduleDefinition {
  /** Epoch ms of the occurrence last claimed. */
  readonly lastRun: number | undefined;
  /** Epoch ms of the last occurrence that was claimed with messages. */
  readonly lastSent: number | undefined;
  /** How many messages were sent. */
  readonly runs: number;
  /** Changes with each `put`, not with runs, and never comes back: not for an entry that is made anew either. */
  readonly version: string;
}

export interface RunClaim {
  readonly name: string;
  /** `lastRun` as the caller saw it. */
  readonly previous: number | undefined;
  /** Epoch ms. Becomes `lastRun`. */
  readonly occurrence: number;
  /** What the run sends. None where the due time is to pass without. */
  readonly messages: readonly OutgoingMessage[];
  /** Disable the entry with it: it was the last run. This moves `revision` and `version`. */
  readonly disable?: boolean;
}

export interface ClaimOptions {
  /** Of the lease that the caller holds: whole, 0 or more. Claims with a smaller one than has been here before are lost. */
  readonly fence: number;
  /**
   * 'publish' to the broker of this driver, where `traits.publishes`: rejects as 'unsupported' elsewhere.
   * 'keep' them here until they are sent somewhere else.
   */
  readonly messages: 'publish' | 'keep';
}

export interface KeptMessage {
  /** Opaque. */
  readonly id: string;
  readonly message: OutgoingMessage;
}
