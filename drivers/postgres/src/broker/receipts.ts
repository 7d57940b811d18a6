import { int4Array, int8Array, tidArray } from '../database/arrays.ts';

/** What a receipt says: which message, where its row is, and under which lease it is out. */
export interface Receipt {
  readonly lease: number;
  readonly id: number;
  /** `(page,number)`. While the row is claimed, nobody but its claimant changes it, so it stays there. */
  readonly place: string;
}

/** A place may be used again; the fourth part, of the claim in this process, tells claims apart for ever. */
let claims = 0;

export function newReceipt({ lease, id, place }: Receipt): string {
  claims += 1;
  return `${lease}:${id}:${place}:${claims}`;
}

export function readReceipt(receipt: string): Receipt {
  const [lease, id, place = ''] = receipt.split(':');
  return { lease: Number(lease), id: Number(id), place };
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
