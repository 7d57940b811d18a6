import type { Logger } from '@lovage/app';
import { ImproperlyConfigured } from '@lovage/app';
import type { Pool } from '@lovage/contracts';
import type { ChildSetup } from './child.ts';
import type { WorkerPlan } from './options.ts';
import { inlinePool } from './pools/inline.ts';
import { processPool } from './pools/processes.ts';
import type { RunnerFacts, TaskRunner } from './runner.ts';

/** The pool a plan asks for, open. */
export async function openPool(
  plan: WorkerPlan,
  runner: TaskRunner,
  facts: RunnerFacts,
  log: Logger,
): Promise<Pool> {
  const pool =
    plan.pool === 'async' ? inlinePool({ size: plan.concurrency, entry: runner }) : prefork(plan, facts, log);
  await pool.open();
  return pool;
}

function prefork(plan: WorkerPlan, facts: RunnerFacts, log: Logger): Pool {
  const { appModule, concurrency, maxTasksPerChild, overrides } = plan;
  if (appModule === undefined) {
    throw new ImproperlyConfigured(
      'a prefork worker needs `appModule`, the file that makes the app, so that its children can load it; or take `pool: "async"`',
    );
  }
  const data: ChildSetup = { appModule, facts, ...(overrides ? { overrides } : {}) };
  return processPool({
    size: concurrency,
    entry: new URL(`./child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
    data,
    ...(maxTasksPerChild === undefined ? {} : { maxTasksPerChild }),
    onExit: (pid, detail) => log.debug(`child ${pid} ended: ${detail}`),
    onError: (pid, error) =>
      log.error(`child ${pid ?? ''} failed outside of a task: ${error.stack ?? error.message}`),
  });
}
