import type { ResultRecord } from '@lovage/contracts';
import { asBuffer } from '../connection/as-buffer.ts';

/** What `keep` in Lua takes of each record beside its key: the document, and how long it is kept in ms, '' for ever. */
export const storeArguments = (records: readonly ResultRecord[]): (string | Buffer)[] =>
  records.flatMap(({ payload, ttlMs }) => [
    asBuffer(payload),
    ttlMs === undefined ? '' : String(Math.ceil(ttlMs)),
  ]);
