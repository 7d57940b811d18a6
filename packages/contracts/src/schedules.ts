/** Keeps periodic entries and makes each occurrence fire once. */
export interface ScheduleStore {
  list(): Promise<readonly StoredSchedule[]>;

  /** Insert or replace a definition. An existing entry keeps its lastRun. */
  put(definition: ScheduleDefinition): Promise<void>;

  remove(name: string): Promise<boolean>;

  /** Compare-and-set lastRun. True for exactly one caller per occurrence. */
  claimRun(name: string, previous: number | undefined, occurrence: number): Promise<boolean>;

  /** Changes whenever a definition is put or removed, not when one runs. Cheap to poll. */
  revision(): Promise<string>;

  close(): Promise<void>;
}

export interface ScheduleDefinition {
  readonly name: string;
  /** Encoded by beat: when to run and what to send. The store never looks inside. */
  readonly definition: Uint8Array;
  readonly enabled: boolean;
}

export interface StoredSchedule extends ScheduleDefinition {
  /** Epoch ms of the occurrence last claimed. */
  readonly lastRun: number | undefined;
  readonly runs: number;
}
