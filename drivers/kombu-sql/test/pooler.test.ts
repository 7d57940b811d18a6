import { after, describe } from 'node:test';
import { brokerConformance } from '@lovage/contracts/conformance';
import { type PgBouncer, requireService, startPgBouncer } from '../../../tools/services.ts';
import { MODULE, sharedServer, stopSharedServer, World } from './world.ts';

/** PgBouncer in transaction mode: nothing may be left in a session, and nobody can listen. */
describe('kombu-sql behind a pooler', { skip: requireService('pgbouncer') }, () => {
  let bouncer: Promise<PgBouncer> | undefined;
  after(async () => {
    await (await bouncer)?.stop();
    await stopSharedServer();
  });

  // The other roles are those of @lovage/postgres, which sits their exams so.
  brokerConformance({
    name: 'kombu-sql behind a pooler',
    async fresh() {
      const server = await sharedServer();
      bouncer ??= startPgBouncer(server);
      const { port } = await bouncer;
      const world = await World.createForUser((url) => url.replace(`:${server.port}/`, `:${port}/`));
      return {
        connect: async () => world.open().broker(),
        results: async () => world.open().results(),
        remote: { module: MODULE, url: world.url, transport: world.transport },
        dispose: () => world.dispose(),
      };
    },
  });
});
