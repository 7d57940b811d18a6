import type { LockStore } from '@lovage/contracts';
import type { Session } from './session.ts';

/** The fence is the row's own number, which SQLite never gives twice, so a lock that is over leaves no row behind. */
export function sqliteLocks(database: Session): LockStore {
  return {
    acquire: (name, owner, ttlMs) =>
      database.write(() => {
        const now = Date.now();
        database.statement('delete from locks where until <= ?').run(now);
        const row = database
          .statement(`insert into locks (name, owner, until) values (?, ?, ?)
            on conflict (name) do nothing returning fence`)
          .get(name, owner, now + ttlMs);
        return row && { name, owner, fence: row['fence'] as number };
      }),

    renew: (lock, ttlMs) =>
      database.write(() => {
        const now = Date.now();
        const { changes } = database
          .statement('update locks set until = ? where fence = ? and name = ? and until > ?')
          .run(now + ttlMs, lock.fence, lock.name, now);
        return changes === 1;
      }),

    release: (lock) =>
      database.write(() => {
        database.statement('delete from locks where fence = ? and name = ?').run(lock.fence, lock.name);
      }),

    close: () => database.close(),
  };
}
