/** Takes a lock, says so, and does nothing more: a process to be killed. Arguments: the store's URL, the lock's name. */
import { Lovage } from 'lovage';

const [url, name] = process.argv.slice(2);
const app = new Lovage('holder', { brokerUrl: url! });
await app.withLock(name!, { ttl: 1.5 }, async ({ fence }) => {
  console.log(fence);
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
