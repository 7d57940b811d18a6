/** A process that sweeps, when it is told, until nothing is left, and says how much it delivered. */
import { once } from 'node:events';
import { openDatabase } from '@lovage/kysely';
import { Outbox } from '../src/index.ts';

const db = openDatabase(process.argv[2]!);
const outbox = new Outbox(db, { allowHttp: true, allowAddresses: ['127.0.0.1'], batchSize: 7 });
await outbox.migrate();
process.send!('ready');
await once(process, 'message');
let delivered = 0;
for (;;) {
  const report = await outbox.deliver();
  delivered += report.delivered;
  if (report.remaining === 0 && report.processed === 0) break;
}
process.send!(delivered);
await db.destroy();
process.disconnect();
