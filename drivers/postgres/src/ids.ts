import { createHash } from 'node:crypto';

/** An id as columns: 16 bytes that the index keeps, and the id itself where these do not tell it. */
export interface IdColumns {
  readonly key: string;
  readonly name: string | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The ids of tasks, groups and chords are UUIDs unless somebody chose his own. Those are kept as 16 bytes instead of
 * 37, in the row and in the index; any other by 16 bytes of its hash, with the id itself beside it.
 */
export function idColumns(id: string): IdColumns {
  return UUID.test(id) ? { key: id, name: null } : { key: hashed(id), name: id };
}

export function idKey(id: string): string {
  return UUID.test(id) ? id : hashed(id);
}

function hashed(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
