import { produce } from '../produce.js';
import { connection, onStore, queueName } from './connection.js';

const queue = new onStore.Queue(queueName, { connection });
await queue.waitUntilReady();

await produce({
  one: async (data) => (await queue.add('echo', data)).id,
  bulk: async (all) => (await queue.addBulk(all.map((data) => ({ name: 'echo', data })))).map(({ id }) => id),
  close: () => queue.close(),
});
