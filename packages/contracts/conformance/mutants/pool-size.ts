import type { Pool } from '../../src/index.ts';
import { type Mutant, TOO_LONG_MS } from './mutant.ts';
import { poolMutant } from './pool-kinds.ts';

/** Broken in growing, shrinking, restarting, closing. */
export const sizeMutants: readonly Mutant<Pool>[] = [
  poolMutant('does not grow', 'resize adds slots, and takes them away', () => ({ resize: async () => {} })),
  poolMutant('kills when it shrinks', 'shrinking lets running jobs end', (pool) => {
    const running = new Set<string>();
    return {
      run(job) {
        running.add(job.id);
        return pool.run(job);
      },
      async resize(size) {
        for (const id of running) pool.stop(id, 'kill');
        await pool.resize(size);
      },
    };
  }),
  poolMutant('is still restarting', 'restarted, it serves at once', (pool) => ({
    restart: async () => void pool.restart(),
  })),
  poolMutant('restarts nothing', 'a restart replaces every worker', () => ({ restart: async () => {} })),
  poolMutant('kills when it restarts', 'a restart lets running jobs end, and waits for them', (pool) => {
    const running = new Set<string>();
    return {
      run(job) {
        running.add(job.id);
        return pool.run(job);
      },
      async restart() {
        for (const id of running) pool.stop(id, 'kill');
        await pool.restart();
      },
    };
  }),
  poolMutant('restarts without waiting', 'a restart lets running jobs end, and waits for them', (pool) => ({
    restart: async () => void pool.restart(),
  })),
  poolMutant('closes without waiting', 'close waits for running jobs', (pool) => ({
    close: () => pool.close(0),
  })),
  poolMutant('waits for ever', 'close waits no longer than it was told; what still runs is lost', (pool) => ({
    close: (graceMs) => pool.close(graceMs === 0 ? 0 : TOO_LONG_MS),
  })),
  poolMutant(
    'shuts no worker down',
    'closed in good order, every worker is shut down, and none is left',
    (pool) => ({
      async close(graceMs) {
        for (const pid of pool.pids) process.kill(pid, 'SIGKILL');
        await pool.close(graceMs);
      },
    }),
  ),
  poolMutant('leaves workers behind', 'closed without grace, none is left', (pool) => {
    let asked = false;
    return {
      async close(graceMs) {
        // The second time is the exam cleaning up.
        if (asked) await pool.close(graceMs);
        asked = true;
      },
    };
  }),
];
