import type { Logger } from '@lovage/app';
import { ImproperlyConfigured } from '@lovage/app';
import type { ErrorDetails, Pool } from '@lovage/contracts';
import type { ChildSetup } from './child.ts';
import type { WorkerPlan } from './options.ts';
import { inlinePool } from './pools/inline.ts';
import type { RunnerFacts, TaskRunner } from './runner.ts';

/** The pool a plan asks for, open. */
export async function openPool(
  plan: WorkerPlan,
  runner: TaskRunner,
  facts: RunnerFacts,
  log: Logger,
): Promise<Pool> {
  const pool = await choose(plan, runner, facts, log);
  await pool.open();
  return pool;
}

/** Loads no other pool than the one it makes. */
async function choose(plan: WorkerPlan, runner: TaskRunner, facts: RunnerFacts, log: Logger): Promise<Pool> {
  switch (plan.pool) {
    case 'async':
    case 'solo':
      return inlinePool({ size: plan.concurrency, entry: runner });
    case 'threads': {
      const { threadPool } = await import('./pools/threads.ts');
      return threadPool(childOptions(plan, facts, log));
    }
    case 'prefork': {
      const { processPool } = await import('./pools/processes.ts');
      const most = plan.maxMemoryPerChildKib;
      const onTooLarge = (pid: number, kib: number) =>
        log.warn(`child ${pid} is replaced: it has ${kib} KiB resident, at most ${most} are allowed`);
      return processPool({ ...childOptions(plan, facts, log), onTooLarge });
    }
  }
}

/** What a pool of processes and one of threads are told alike. */
function childOptions(plan: WorkerPlan, facts: RunnerFacts, log: Logger) {
  const { pool, appModule, concurrency, maxTasksPerChild, maxMemoryPerChildKib, overrides } = plan;
  if (appModule === undefined) {
    throw new ImproperlyConfigured(
      `a ${pool} worker needs \`appModule\`, the file that makes the app, so that its children can load it; or take \`pool: "async"\``,
    );
  }
  const data: ChildSetup = { appModule, facts, ...(overrides ? { overrides } : {}) };
  return {
    size: concurrency,
    entry: new URL(`./child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
    data,
    ...(maxTasksPerChild === undefined ? {} : { maxTasksPerChild }),
    ...(maxMemoryPerChildKib === undefined ? {} : { maxMemoryPerChildKib }),
    // A process has its pid, a thread its number.
    onExit: (child: number, detail: string) => log.debug(`child ${child} ended: ${detail}`),
    onError: (child: number | undefined, error: ErrorDetails) =>
      log.error(`child ${child ?? ''} failed outside of a task: ${error.stack ?? error.message}`),
  };
}
