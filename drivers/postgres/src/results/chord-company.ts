import type { ChordArrival, ChordMember, ChordOpening, ResultRecord } from '@lovage/contracts';
import type { Run } from '../database/database.ts';
import { recordColumns, STORE, toRecordRow } from './rows.ts';

/**
 * What goes on beside our count of a chord, in the same transactions: results are kept with it, and where Python counts
 * too, both counts are brought together. Everything but `keep` may be left out.
 */
export interface ChordCompany {
  /** Keeps results, as `ResultBackend.store` would. */
  keep(run: Run, records: readonly ResultRecord[]): Promise<void>;
  /** Before it is opened; it may have been. */
  open?(run: Run, chord: ChordOpening): Promise<void>;
  /** Before it is grown; it may not exist. */
  grow?(run: Run, chordId: string, member: ChordMember): Promise<void>;
  /** Before anything of these chords is locked or looked at. */
  meet?(run: Run, arrivals: readonly ChordArrival[]): Promise<void>;
  /**
   * Before parts are counted, and after their results were kept: says how many there are, if others count too. Answers
   * what is to be done once they are counted, and before anybody is told.
   */
  size?(run: Run, arrivals: readonly ChordArrival[]): Promise<() => Promise<void>>;
  /** Before it is dropped; it may not exist. */
  drop?(run: Run, chordId: string): Promise<void>;
}

/** Results in our own table, and nobody else. */
export const withOurResults: ChordCompany = {
  async keep(run, records) {
    await run(STORE, recordColumns(records.map(toRecordRow)));
  },
};
