/** One beat of many: tells its parent whenever it begins or ceases to lead. Ends in good order on SIGTERM. */
import { App } from '@lovage/app';
import { Beat } from '@lovage/beat';

const {
  BEAT_BROKER: brokerUrl = '',
  BEAT_ENTRIES = '20',
  BEAT_LEASE_MS,
  BEAT_MISSED_MS,
  BEAT_MISSED,
  BEAT_SLOWEST = '5',
} = process.env;

/** Kill upon kill is an outage too, and by default none of it is to be lost. */
const POLICIES = (BEAT_MISSED ?? 'run-all').split(' ') as ('run-all' | 'run-once' | 'skip')[];

const app = new App('chaos-beat', {
  environment: {},
  brokerUrl,
  resultBackend: null,
  lovageLogLevel: 'info',
  beatSchedule: Object.fromEntries(
    Array.from({ length: Number(BEAT_ENTRIES) }, (_, n) => [
      `entry-${n}`,
      {
        task: 'chaos.tick',
        schedule: 1 + (n % Number(BEAT_SLOWEST)),
        missed: POLICIES[n % POLICIES.length]!,
      },
    ]),
  ),
});

const beat = new Beat(app, {
  ...(BEAT_LEASE_MS ? { leaseMs: Number(BEAT_LEASE_MS) } : {}),
  ...(BEAT_MISSED_MS ? { missedAfterMs: Number(BEAT_MISSED_MS) } : {}),
});

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
