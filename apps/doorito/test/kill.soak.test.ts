/** kill -9 in the middle of 200 deliveries, three times, on SQLite and on PostgreSQL. */
import { test } from 'node:test';
import { requireService, startPostgres } from '../../../tools/services.ts';
import { examineKills } from './kill.ts';
import { postgresHome, sqliteHome } from './stage.ts';

const HERD = { events: 200, kills: [40, 90, 150] };

test('200 deliveries and three kills on SQLite', async (t) => {
  await examineKills(t, sqliteHome(t), HERD);
});

for (const tables of ['own', 'celery'] as const) {
  test(`the same on PostgreSQL, queues in ${tables === 'own' ? "Lovage's" : "kombu's"} tables`, {
    skip: requireService('postgres'),
  }, async (t) => {
    const server = await startPostgres();
    t.after(() => server.stop());
    await examineKills(t, await postgresHome(t, server, tables), HERD);
  });
}
