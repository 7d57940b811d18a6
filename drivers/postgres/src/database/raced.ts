import { sqlState } from '../errors.ts';

/** unique_violation (in the server's own catalogue), duplicate_table, duplicate_object. */
const MADE_BY_OTHERS = ['23505', '42P07', '42710'];
const ATTEMPTS = 10;

/**
 * Makes what somebody else may be making at this moment: `create … if not exists` fails when another transaction creates
 * the same and commits first, and then it is there. Locks of ours do not help, for Python does not know them.
 *
 * @param make one transaction, rolled back when it fails; it looks anew at what is there
 */
export async function besideOthers<T>(make: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make();
    } catch (error) {
      if (attempt === ATTEMPTS || !MADE_BY_OTHERS.includes(sqlState(error) ?? '')) throw error;
    }
  }
}
