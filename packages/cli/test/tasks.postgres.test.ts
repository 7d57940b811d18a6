import { after, before, suite } from 'node:test';
import {
  type PostgresServer,
  postgresSchema,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { tasksExam } from './tasks-exam.ts';

suite('lovage: tasks on PostgreSQL', { concurrency: 2, skip: requireService('postgres') }, () => {
  let server: PostgresServer;
  let schemas = 0;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  tasksExam({
    store: () => ['-b', postgresSchema(server, `cli_${process.pid}_${schemas++}`)],
    sendersPark: true,
  });
});
