import type { SignatureDict, Stamps } from '@lovage/protocol';

/** Something that can follow a task: a signature, or its plain form. */
export type Link = SignatureDict | { toJSON(): SignatureDict };

/** What can be said of one call. Names and meaning are Celery's; times in seconds unless said. */
export interface CallOptions {
  /** Keyword arguments; see `params` of the task for how they arrive. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** Run in so many seconds, not earlier. */
  readonly countdown?: number;
  /** Run at this moment, not earlier, instead of `countdown`. */
  readonly eta?: Date;
  /** Discard the call when it has not started by then: seconds from now, or a moment. */
  readonly expires?: number | Date;
  /** 0 to 9, the higher the sooner. */
  readonly priority?: number;
  readonly queue?: string;
  /** Default: a random UUID. Two calls with one id share one result. */
  readonly taskId?: string;
  /** Custom headers: JSON values, found in `self.request.headers`. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Marks by which it can be revoked, and found: JSON values, in `self.request.stamps`. Those that are there stay. */
  readonly stamps?: Stamps;
  /** Called with the result after success. */
  readonly link?: Link | readonly Link[];
  /** Called with the task's id after a failure for good. */
  readonly linkError?: Link | readonly Link[];
  readonly ignoreResult?: boolean;
  readonly timeLimit?: number;
  readonly softTimeLimit?: number;
  /** Another name to show in logs and monitors. */
  readonly shadow?: string;
  readonly serializer?: string;
  readonly compression?: string;
  /** Where replies go; for result backends that answer the caller. */
  readonly replyTo?: string;
  readonly correlationId?: string;
  /** Default: those of the task that calls. */
  readonly rootId?: string;
  readonly parentId?: string;
  /** Shown in logs instead of the arguments, which may be secret. */
  readonly argsrepr?: string;
  readonly kwargsrepr?: string;
  /** Try again when the broker is away. Default: `taskPublishRetry`. */
  readonly retry?: boolean;
  /**
   * A transaction of yours, in the database that is the broker: the call is made exactly when it commits. On PostgreSQL
   * the client of `pg` that began it, or what `kyselyTx`, `drizzleTx`, `prismaTx` or `postgresJsTx` of @lovage/postgres
   * makes. For calls of tasks, not for workflows.
   */
  readonly tx?: object;
}

/** Everything a message can be told, by people or by a signature that came over the wire. */
export interface MessageOptions extends CallOptions {
  readonly retries?: number;
  readonly groupId?: string;
  readonly groupIndex?: number;
  readonly chord?: SignatureDict;
  /** How often tasks were replaced on the way to this one. */
  readonly replacedTaskNesting?: number;
  /** The steps that follow, the next one last. */
  readonly chain?: readonly SignatureDict[];
  /** ISO 8601, to be sent on as it is. */
  readonly etaText?: string;
  readonly expiresText?: string;
}
