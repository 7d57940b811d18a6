import { types } from 'pg';

const INT8 = 20;

/** As `pg` reads values, but for bigint: none of ours leaves what a number counts exactly. */
export const VALUE_TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    return oid === INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format as 'text');
  },
} as typeof types;
