import type { LockStore } from '@lovage/contracts';
import type { Session } from './database/session.ts';
import { NOW_MS, repeatable, statement } from './database/statement.ts';

/** Acquisitions of a process between two times that it sweeps. */
const SWEEP_EVERY = 100;
/** A lock that is over leaves its row for this long, in ms: whoever waits for that row must find the fence grown. */
const KEEP_MS = 86_400_000;

const ACQUIRE = statement(
  'acquire',
  `insert into lovage.locks as held (name, owner, fence, until)
    values ($1, $2, nextval('lovage.fences'), ${NOW_MS} + $3::int8)
    on conflict (name) do update set owner = excluded.owner, fence = nextval('lovage.fences'), until = excluded.until
    where held.until <= ${NOW_MS}
    returning fence`,
);
const RENEW = repeatable(
  'renew lock',
  `update lovage.locks set until = ${NOW_MS} + $3::int8 where name = $1 and fence = $2 and until > ${NOW_MS}
    returning fence`,
);
const RELEASE = repeatable(
  'release lock',
  `update lovage.locks set until = ${NOW_MS} where name = $1 and fence = $2 and until > ${NOW_MS}`,
);
const SWEEP = repeatable('sweep locks', `delete from lovage.locks where until <= ${NOW_MS} - ${KEEP_MS}`);

export function postgresLocks(database: Session): LockStore {
  let untilSweep = 1;

  return {
    async acquire(name, owner, ttlMs) {
      untilSweep -= 1;
      if (untilSweep === 0) {
        untilSweep = SWEEP_EVERY;
        await database.run(SWEEP);
      }
      const [row] = await database.run<{ readonly fence: number }>(ACQUIRE, [name, owner, Math.ceil(ttlMs)]);
      return row && { name, owner, fence: row.fence };
    },

    async renew(lock, ttlMs) {
      return (await database.run(RENEW, [lock.name, lock.fence, Math.ceil(ttlMs)])).length === 1;
    },

    async release(lock) {
      await database.run(RELEASE, [lock.name, lock.fence]);
    },

    close: () => database.close(),
  };
}
