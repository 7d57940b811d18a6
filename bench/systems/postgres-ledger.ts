import type { Client } from 'pg';
import type { Ledger } from './system.ts';

/** What is asked of a system's tables. */
export interface Questions {
  /** A `count` of the messages that wait. Asked once. */
  readonly waiting: string;
  /** A row if anything waits, looked for from the end of its index: its beginning holds what is done, until a vacuum. */
  readonly last: string;
  /** A row if anything runs. Asked when nothing waits. */
  readonly running: string;
}

/** Eyes on a system's tables, the same and as cheap for each. */
export function postgresLedger(
  client: Client,
  questions: Questions,
): Pick<Ledger, 'everyMs' | 'waiting' | 'finished'> {
  return {
    everyMs: 20,
    async waiting() {
      const { rows } = await client.query<{ count: number }>(questions.waiting);
      return rows[0]!.count;
    },
    async finished() {
      const { rows } = await client.query<{ more: boolean }>(
        `select case when exists (${questions.last}) then true else exists (${questions.running}) end as more`,
      );
      return !rows[0]!.more;
    },
  };
}
