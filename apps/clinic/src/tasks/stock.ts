import { setTimeout as sleep } from 'node:timers/promises';
import { Ignore, LockNotAcquired } from 'lovage';
import { app } from '../app.ts';
import { database, now } from '../database/database.ts';

/**
 * Counts the stock, one count at a time among all workers. What is written carries the fence of the lock, and gives way to a later
 * one: a count that was stopped for longer than its lock lasted cannot overwrite its successor's.
 */
export const recountStock = app.task(
  { name: 'clinic.stock.recount', bind: true },
  async (self, pauseMs: number = 0) => {
    try {
      return await self.withLock(
        'clinic.stock.recount',
        { ttl: 30 },
        async ({ fence, signal, assertHeld }) => {
          const db = await database();
          const rows = await db.selectFrom('stock').select('units').execute();
          // Somebody walks along the shelves.
          if (pauseMs > 0) await sleep(pauseMs, undefined, { signal });
          assertHeld();
          const found = { items: rows.length, units: rows.reduce((sum, { units }) => sum + units, 0) };
          const count = { ...found, fence, counted_at: now() };
          await db
            .insertInto('stock_counts')
            .values({ id: 1, ...count })
            .onConflict((conflict) =>
              conflict.column('id').doUpdateSet(count).where('stock_counts.fence', '<', fence),
            )
            .execute();
          return { ...found, fence };
        },
      );
    } catch (error) {
      if (error instanceof LockNotAcquired) throw new Ignore('another count is under way');
      throw error;
    }
  },
);
