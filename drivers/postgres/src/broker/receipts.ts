import { int4Array, int8Array, tidArray } from '../database/arrays.ts';

/** What a receipt stands for: which message, where its row is, and under which lease it is out. */
export interface Receipt {
  readonly lease: number;
  readonly id: number;
  /** `(page,number)`. While the row is claimed, nobody but its claimant changes it, so it stays there. */
  readonly place: string;
}

let claims = 0;

/** Names a claim for ever: the place of a row may be used again, by another message too. Only its claimant knows the rest. */
export function newReceipt(): string {
  claims += 1;
  return String(claims);
}

/** Columns of many receipts, for `RECEIPTS`. */
export function receiptColumns(receipts: readonly Receipt[]): Buffer[] {
  return [
    tidArray(receipts.map((each) => each.place)),
    int8Array(receipts.map((each) => each.id)),
    int4Array(receipts.map((each) => each.lease)),
  ];
}

/** The first three parameters of a statement as rows `r`, numbered from 1. */
export const RECEIPTS = 'unnest($1::tid[], $2::int8[], $3::int4[]) with ordinality as r(place, id, lease, n)';

/**
 * How a row of `messages m` is found by a receipt `r`: by its place, without an index; or by its lease, for the day on
 * which somebody has moved the rows (VACUUM FULL, CLUSTER).
 */
export const MINE = {
  place: 'm.ctid = r.place and m.id = r.id and m.lease = r.lease',
  lease: 'm.lease = r.lease and m.id = r.id',
} as const;

export type By = keyof typeof MINE;
