import type { App } from '@lovage/app';
import { Worker } from '@lovage/worker';
import { EXIT, UsageError } from '../exit.ts';
import { findApp } from '../find-app.ts';
import { given } from '../given.ts';
import { counted } from '../output/texts.ts';
import { banner } from './banner.ts';
import type { WorkerFlags } from './flags.ts';
import { holdPidFile } from './pid-file.ts';
import { stopOnSignals } from './signals.ts';

/** `lovage worker`: from the command line to the exit code. Ends when the worker has stopped. */
export async function runWorker(flags: WorkerFlags): Promise<void> {
  using _ = flags.pidfile === undefined ? undefined : holdPidFile(flags.pidfile);
  const settings = given({
    lovageLogLevel: flags.loglevel,
    lovageLogFormat: flags.json ? 'json' : undefined,
    include: flags.include,
  });
  const { app, module, overrides } = await findApp(flags, settings);
  try {
    if (!module)
      throw new UsageError('No app: name the module that makes it, as in `lovage worker -A ./tasks.ts`.');
    const worker = new Worker(app, {
      appModule: module.address,
      overrides,
      pool: flags.pool ?? (app.conf.workerPool === 'prefork' ? 'prefork' : 'async'),
      queues: chosenQueues(app, flags),
      hostname: flags.hostname,
      ...given({
        concurrency: flags.concurrency,
        prefetchMultiplier: flags.prefetchMultiplier,
        timeLimit: flags.timeLimit,
        softTimeLimit: flags.softTimeLimit,
        maxTasksPerChild: flags.maxTasksPerChild,
        shutdownGrace: flags.shutdownGrace,
      }),
    });
    if (!flags.quiet && !flags.json) console.log(banner(app, worker.plan, module.file));
    if (flags.discard) await purge(app, worker.plan.queues);
    await runUntilStopped(worker, flags.json ? (line) => app.logger.warn(line) : sayOnTerminal);
  } finally {
    await app.close();
  }
}

async function runUntilStopped(worker: Worker, say: (line: string) => void): Promise<void> {
  const stopping = stopOnSignals(worker, say);
  try {
    await worker.start();
    await worker.done;
  } catch (error) {
    // Asked to stop while it still waited for its broker: that is no failure.
    if (!stopping.asked) throw error;
  } finally {
    stopping.release();
  }
  process.exitCode = stopping.forced ? EXIT.failed : EXIT.ok;
}

/** A line of its own, also where a terminal has just echoed ^C. */
function sayOnTerminal(line: string): void {
  process.stderr.write(`\n${line}\n`);
}

function chosenQueues(app: App, flags: WorkerFlags): string[] {
  const known = app.queues().map((queue) => queue.name);
  const excluded = new Set(flags.excludeQueues);
  const unknown = (flags.queues ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0 && !app.conf.taskCreateMissingQueues) {
    throw new UsageError(
      `Trying to select queue subset of ${unknown.join(', ')}, but taskQueues does not define it and taskCreateMissingQueues is off.`,
    );
  }
  const chosen = (flags.queues ?? known).filter((name) => !excluded.has(name));
  if (chosen.length === 0) throw new UsageError('No queue is left to consume.');
  return chosen;
}

async function purge(app: App, queues: readonly string[]): Promise<void> {
  const { broker } = await app.drivers();
  let count = 0;
  for (const queue of queues) count += await broker.purge(queue);
  if (count > 0) console.log(`purge: Erased ${counted(count, 'message')} from the queue.\n`);
}
