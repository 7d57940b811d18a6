import { test } from 'node:test';
import { kombuSchema, requireService, startPostgres } from '../../tools/services.ts';
import { examine } from './nothing-lost-exam.ts';

const skip = requireService('postgres', { control: true });
test("kombu's tables in PostgreSQL: 10,000 tasks, 20 kills and a restart of the server, none lost", {
  skip,
  timeout: 180_000,
}, async (t) => {
  const postgres = await startPostgres({ control: true, durable: true });
  t.after(() => postgres.stop());
  await examine(t, { broker: kombuSchema(postgres, 'lovage'), restartBroker: () => postgres.restart() });
});
