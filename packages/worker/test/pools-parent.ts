/** A program with a pool of four children, in four conditions, that waits to be killed. */
import { processPool } from '../src/pools/processes.ts';

const pool = processPool({ size: 4, entry: new URL('./pools-entry.ts', import.meta.url) });
await pool.open();
void pool.run({ id: 'waiting', input: { do: 'sleep', ms: 600_000, deaf: true } });
const [stopped] = pool.pids;
await new Promise((resolve) => {
  void pool.run({ id: 'spinning', input: { do: 'reportThenSpin' }, onReport: resolve });
});
process.kill(stopped!, 'SIGSTOP');
process.send!(pool.pids);
