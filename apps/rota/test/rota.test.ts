/** Rota from end to end: HTTP calls, a worker in a process of its own, mails over SMTP, rows in SQLite and in PostgreSQL. */
import { suite } from 'node:test';
import { Client } from 'pg';
import {
  type PostgresServer,
  postgresDatabase,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { exam } from './exam.ts';

// Both at once: each waits for its mails more than it computes.
suite('rota', { concurrency: 2 }, () => {
  suite('on SQLite', { concurrency: 1 }, () => exam(async () => ({}), { postgres: false }));

  suite('on PostgreSQL', { concurrency: 1, skip: requireService('postgres') }, () => {
    let server: PostgresServer;
    exam(
      async () => {
        server = await startPostgres();
        const owner = await postgresDatabase(server, 'rota');
        // Not the owner of the server: what pg_dump may not read must fail.
        const client = new Client({ connectionString: owner });
        await client.connect();
        await client.query(
          "drop role if exists rota; create role rota login password 'rota'; grant all on schema public to rota",
        );
        await client.end();
        const url = new URL(owner);
        [url.username, url.password] = ['rota', 'rota'];
        return { databaseUrl: url.href, owner, stop: () => server.stop() };
      },
      { postgres: true },
    );
  });
});
