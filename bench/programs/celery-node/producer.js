import { randomUUID } from 'node:crypto';
import celery from 'celery-node';
import { produce } from '../produce.js';

const client = celery.createClient(process.env.BENCH_URL, process.env.BENCH_URL);
await client.isReady();

await produce({
  // Its sendTask does not tell when a message has been taken, so its own two steps are made here.
  one: async (argument) => {
    const id = randomUUID();
    const { headers, properties, body } = client.createTaskMessage(id, 'bench.echo', [argument], {});
    await client.broker.publish(body, '', client.conf.CELERY_QUEUE, headers, properties);
    return id;
  },
  close: () => client.disconnect(),
});
