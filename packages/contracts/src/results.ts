export type TaskState =
  | 'PENDING'
  | 'RECEIVED'
  | 'STARTED'
  | 'RETRY'
  | 'SUCCESS'
  | 'FAILURE'
  | 'REVOKED'
  | (string & {});

export interface ResultRecord {
  readonly taskId: string;
  readonly state: TaskState;
  /** True when no later state may follow. */
  readonly final: boolean;
  /**
   * The result document, JSON encoded by the caller. The backend does not look inside, but where it keeps the columns of
   * a table of Celery's: then it answers a document that says the same, written anew.
   */
  readonly payload: Uint8Array;
  /** Kept this long; for ever when undefined. */
  readonly ttlMs?: number;
  /** The sender's `replyTo`, for backends that answer the caller (rpc). */
  readonly replyTo?: string;
}

/** Remembers how tasks ended and tells whoever waits. */
export interface ResultBackend {
  readonly traits: ResultTraits;

  /** Put in every envelope sent, where results travel back to the caller; undefined where they are stored. */
  readonly replyTo: string | undefined;

  /** Keep the records, in order. A record for a task whose SUCCESS is kept changes nothing. */
  store(records: readonly ResultRecord[]): Promise<void>;

  /** Records that exist, by task id. */
  fetch(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultRecord>>;

  /**
   * Calls back at least once for every watched id that is or becomes final,
   * and for its other states as they are stored, of which some may be skipped.
   */
  watch(onRecord: (record: ResultRecord) => void): Promise<ResultWatch>;

  forget(taskIds: readonly string[]): Promise<void>;

  /** Absent where the store cannot count (rpc). */
  readonly chords?: ChordStore;

  /** Only where clients of Celery keep groups in a place of their own; elsewhere a group is kept like a task's result. */
  readonly groups?: GroupStore;

  /** Delete what has expired, at most `limit`. Returns how many went; 0 where the store expires by itself. */
  sweep(limit: number): Promise<number>;

  close(): Promise<void>;
}

export interface ResultWatch {
  /** Active once resolved: nothing that becomes final afterwards is missed. */
  add(taskIds: readonly string[]): Promise<void>;
  drop(taskIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface ResultTraits {
  /** Any process can fetch, not only the one that sent the task. */
  readonly shared: boolean;
  readonly durable: boolean;
}

/** Keeps which results belong to a group, for other processes to find. */
export interface GroupStore {
  /** `payload` is JSON: `{"result": tuple}`. Kept for ever when no time is given. */
  save(groupId: string, payload: Uint8Array, ttlMs?: number): Promise<void>;
  fetch(groupId: string): Promise<Uint8Array | undefined>;
  forget(groupId: string): Promise<void>;
}

/** Counts the parts of a chord's header. */
export interface ChordStore {
  /** Must resolve before any part can arrive. Opening twice keeps the parts. */
  open(chord: ChordOpening): Promise<void>;

  /** One more member, for a header task that adds another. Each counts once, however often it is told of. */
  grow(chordId: string, member: ChordMember): Promise<void>;

  /**
   * Record each part, once per task id, and keep its task's records, in one step: a result that is kept is counted.
   * Answers in the order of the arrivals. The part that completes its chord is answered `complete`, and again each time
   * that same part arrives until `drop`, so a crash before the body is sent does not lose it. No other part ever is.
   */
  arrive(arrivals: readonly ChordArrival[]): Promise<readonly ChordProgress[]>;

  /** Call once the body is on its way. */
  drop(chordId: string): Promise<void>;

  /**
   * At most `limit` chords that were opened, or last answered here, at least `afterMs` ago: each is answered to one
   * caller only in such a time. What can be done for one that has lost a part is the caller's to find out.
   */
  review(afterMs: number, limit: number): Promise<readonly ReviewedChord[]>;
}

export interface ChordMember {
  readonly taskId: string;
  /** Its place among the results; several may have the same. */
  readonly index: number;
}

export interface ChordOpening {
  readonly id: string;
  /** The tasks whose ends are its parts, by index. */
  readonly members: readonly string[];
  /** What whoever reviews it must know to go on; the store never looks inside. */
  readonly plan: Uint8Array;
  readonly ttlMs: number;
}

export interface ChordPart extends ChordMember {
  readonly state: TaskState;
  /** JSON of the part's result, or of its error. */
  readonly payload: Uint8Array;
}

export interface ChordArrival {
  readonly chordId: string;
  readonly part: ChordPart;
  /** Results to keep with the count, as `ResultBackend.store` would. */
  readonly records?: readonly ResultRecord[];
  /** The broker still holds the part's message: should its worker die, the part arrives again. */
  readonly held?: boolean;
}

export type ChordProgress =
  | { readonly complete: false }
  /** Every part, by index. */
  | { readonly complete: true; readonly parts: readonly ChordPart[] };

/** A chord that may have lost something. One that was opened elsewhere, without a plan, is never among them. */
export interface ReviewedChord {
  readonly id: string;
  readonly plan: Uint8Array;
  /** Members that have not arrived, by index. */
  readonly missing: readonly ChordMember[];
  /**
   * The part that completed it at least `afterMs` ago and is not held: nobody but the caller may know of it any more.
   * Where Celery completed it, any part.
   */
  readonly last?: ChordPart;
}
