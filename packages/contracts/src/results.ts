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
  /** The result document, encoded by the caller; the backend never looks inside. */
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

/** Counts the parts of a chord's header. */
export interface ChordStore {
  /** Must resolve before any part can arrive. Opening twice keeps the parts. */
  open(chordId: string, size: number, ttlMs: number): Promise<void>;

  /** Raise the size, for a header task that replaces itself by several. */
  grow(chordId: string, by: number): Promise<void>;

  /**
   * Record one part, once per task id. The part that completes the chord is answered `complete`,
   * and again each time that same part arrives until `drop`, so a crash before the body is sent
   * does not lose it. No other part ever is.
   */
  arrive(chordId: string, part: ChordPart): Promise<ChordProgress>;

  /** Call once the body is on its way. */
  drop(chordId: string): Promise<void>;
}

export interface ChordPart {
  readonly taskId: string;
  readonly index: number;
  readonly state: TaskState;
  /** JSON of the part's result, or of its error. */
  readonly payload: Uint8Array;
}

export type ChordProgress =
  | { readonly complete: false }
  /** Every part, by index. */
  | { readonly complete: true; readonly parts: readonly ChordPart[] };
