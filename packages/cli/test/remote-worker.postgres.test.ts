import { after, before, suite } from 'node:test';
import {
  type PostgresServer,
  postgresSchema,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { remoteWorkerExam } from './remote-worker-exam.ts';

const skip = requireService('postgres');

suite('lovage inspect, control, status and events of a worker on PostgreSQL', {
  concurrency: 2,
  skip,
}, () => {
  let server: PostgresServer;
  let schemas = 0;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  remoteWorkerExam(() => postgresSchema(server, `remote_${process.pid}_${schemas++}`));
});
