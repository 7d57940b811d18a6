import { after, before, suite } from 'node:test';
import { type RedisServer, requireService, startRedis } from '../../../tools/services.ts';
import { tasksExam } from './tasks-exam.ts';

suite('lovage: tasks on Redis', { concurrency: 2, skip: requireService('redis', { control: true }) }, () => {
  let server: RedisServer;
  let database = 0;
  before(async () => {
    // Its databases are counted through: a server that somebody else uses would not do.
    server = await startRedis({ control: true });
  });
  after(() => server.stop());

  tasksExam({ store: () => ['-b', `redis://127.0.0.1:${server.port}/${database++}`], sendersPark: false });
});
