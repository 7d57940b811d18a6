/** One beat of many: tells its parent whenever it begins or ceases to lead. Ends in good order on SIGTERM. */
import { App } from '@lovage/app';
import { Beat } from '@lovage/beat';

const { BEAT_BROKER: brokerUrl = '', BEAT_ENTRIES = '20', BEAT_LEASE_MS = '8000' } = process.env;

const app = new App('chaos-beat', {
  environment: {},
  brokerUrl,
  resultBackend: null,
  lovageLogLevel: 'warn',
  beatSchedule: Object.fromEntries(
    Array.from({ length: Number(BEAT_ENTRIES) }, (_, n) => [
      `entry-${n}`,
      // Kill upon kill is an outage too, and none of it is to be lost.
      { task: 'chaos.tick', schedule: 1 + (n % 5), missed: 'run-all' as const },
    ]),
  ),
});

const beat = new Beat(app, { leaseMs: Number(BEAT_LEASE_MS) });

let told = false;
setInterval(() => {
  const { leading } = beat.status;
  if (leading !== told) process.send!({ leading });
  told = leading;
}, 50).unref();

process.once('SIGTERM', async () => {
  await beat.stop();
  await app.close();
  process.disconnect();
});

await beat.start();
process.send!({ leading: false });
await beat.done;
