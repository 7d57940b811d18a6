import type { OutgoingMessage } from '@lovage/contracts';
import type { Run } from '../database/database.ts';
import type { Session } from '../database/session.ts';
import type { Statement } from '../database/statement.ts';
import type { Queues } from './queues.ts';
import { announce } from './wakes.ts';

/** Brings messages into a table, as a transaction or as a part of one. */
export interface Courier<Row = unknown> {
  /** @throws what is wrong with one that cannot be encoded */
  pack(messages: readonly OutgoingMessage[]): readonly Row[];
  /** Before the transaction: makes the queues. A queue stays, whatever becomes of the transaction. */
  ready(rows: readonly Row[]): Promise<void>;
  /** In their order. Answers what is to be called once the transaction has committed: it tells who waits. */
  insert(run: Run, rows: readonly Row[]): Promise<() => void>;
  /** Resolves once what nobody waits for is over. */
  finish?(): Promise<void>;
}

/** How messages become rows of a broker's tables. */
export interface Inserting<Row extends { readonly queue: string; readonly due: number }> {
  /** Rows are claimed in the order of their columns. */
  readonly insert: Statement;
  /** Under which consumers are told. */
  readonly topic: string;
  toRow(message: OutgoingMessage): Row;
  columns(rows: readonly Row[], ids: ReadonlyMap<string, number>, now: number): Buffer[];
}

export function courierOver<Row extends { readonly queue: string; readonly due: number }>(
  database: Session,
  queues: Queues,
  inserting: Inserting<Row>,
): Courier<Row> {
  return {
    pack: (messages) => messages.map((message) => inserting.toRow(message)),

    async ready(rows) {
      await queues.ofRows(rows);
    },

    async insert(run, rows) {
      const ids = await queues.ofRows(rows);
      const now = Date.now();
      await run(inserting.insert, inserting.columns(rows, ids, now));
      return () => announce(database, rows, ids, now, inserting.topic);
    },
  };
}
