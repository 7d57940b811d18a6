/** Real tasks through real children that are replaced all the time. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Pool } from '@lovage/contracts';
import type { ChildSetup } from '../src/child.ts';
import type { Conclusion } from '../src/conclusion.ts';
import { processPool } from '../src/pools/processes.ts';
import type { TaskJob } from '../src/runner.ts';
import { messageOf } from './conclude-scene.ts';
import { scratch } from './pools-scene.ts';

/** Longer than a child may take to start on a machine that is busy; then nothing moves any more. */
const STALL_MS = 90_000;

export interface Forks {
  readonly size: number;
  readonly tasks: number;
  readonly maxTasksPerChild: number;
}

/** Every task ends well, no child runs more than it may, none is left. Says how long it took. */
export async function runForks(t: TestContext, { size, tasks, maxTasksPerChild }: Forks): Promise<void> {
  const spawned: number[] = [];
  const exited: number[] = [];
  const failures: string[] = [];
  const pool = makePool(scratch(t), size, maxTasksPerChild, { spawned, exited, failures });
  t.after(() => pool.close(0));
  const started = performance.now();
  await pool.open();
  const begun: string[] = [];
  await feed(pool, tasks, (pid) => begun.push(`${pid} ${spawned.lastIndexOf(pid)}`));
  const seconds = (performance.now() - started) / 1000;

  // A pid may come back within 10,000 processes: the child is named by its place among all as well.
  const counts = new Map<string, number>();
  for (const child of begun) counts.set(child, (counts.get(child) ?? 0) + 1);
  const others = [...counts.values()].filter((count) => count !== maxTasksPerChild);
  assert.ok(others.length <= size, `${others.length} children ran another number of tasks`);
  assert.ok(others.every((count) => count < maxTasksPerChild));
  assert.equal(begun.length, tasks);
  // Before the end: a child that is still starting then is killed.
  assert.deepEqual(failures, []);
  await pool.close(10_000);
  // Not by looking for their pids: others may have them by now.
  assert.equal(exited.length, spawned.length);
  t.diagnostic(`${tasks} tasks in ${spawned.length} children: ${seconds.toFixed(1)} s`);
}

function makePool(
  folder: string,
  size: number,
  maxTasksPerChild: number,
  told: { readonly spawned: number[]; readonly exited: number[]; readonly failures: string[] },
): Pool {
  const data: ChildSetup = {
    appModule: fileURLToPath(new URL('./noop-app.ts', import.meta.url)),
    facts: { hostname: 'celery@here', keepsResults: true, foreignPeers: false },
  };
  return processPool({
    size,
    entry: new URL('../src/child.ts', import.meta.url),
    data,
    maxTasksPerChild,
    shutdownTimeoutMs: STALL_MS,
    env: { NODE_COMPILE_CACHE: join(folder, 'cache') },
    onSpawn: (pid) => told.spawned.push(pid),
    onExit: (pid, detail) => {
      told.exited.push(pid);
      if (detail !== 'exit code 0') told.failures.push(`${pid} ended with ${detail}`);
    },
    onError: (pid, error) => told.failures.push(`${pid}: ${error.message}`),
  });
}

/** As a worker does: as many as there is room for. Rejects when no task ends for too long. */
function feed(pool: Pool, tasks: number, onStart: (pid: number) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const input: TaskJob = {
    envelope: messageOf({ headers: { task: 't.noop' } }),
    queue: 'celery',
    redelivered: false,
  };
  let given = 0;
  let ended = 0;
  const stall = setTimeout(
    () => reject(new Error(`stalled: ${ended} of ${tasks} ended, ${pool.busy} busy`)),
    STALL_MS,
  );
  const fill = (): void => {
    const { places, taken } = pool.ahead!;
    for (let room = pool.size - pool.busy + places - taken; room > 0 && given < tasks; room -= 1) {
      given += 1;
      void pool.run({ id: String(given), input, onStart }).then((outcome) => {
        const kind = outcome.kind === 'returned' ? (outcome.output as Conclusion).report.kind : outcome.kind;
        if (kind !== 'succeeded') reject(new Error(`a task ended so: ${JSON.stringify(outcome)}`));
        ended += 1;
        stall.refresh();
        if (ended === tasks) resolve();
      });
    }
  };
  pool.onFree(fill);
  fill();
  return promise.finally(() => clearTimeout(stall));
}
