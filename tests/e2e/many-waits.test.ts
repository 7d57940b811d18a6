import { POSTGRES, RABBITMQ, REDIS } from './breakable.ts';
import { askRedis } from './redis-raw.ts';
import { waitsExam } from './waits-exam.ts';

waitsExam(REDIS, {
  waits: 5000,
  most: 2,
  async watched(port) {
    const answer = await askRedis(port, 'PUBSUB', 'CHANNELS', 'celery-task-meta-*');
    return [...answer.matchAll(/celery-task-meta-([\w-]+)/g)].map(([, id]) => id!);
  },
});
// Its pool_size, and one that listens.
waitsExam(POSTGRES, { waits: 2000, most: 5 });
// Its results travel to the caller: rpc://.
waitsExam(RABBITMQ, { waits: 2000, most: 2 });
