import type { App } from '@lovage/app';
import type { WorkerOptions } from '@lovage/worker';
import { beatSettings } from '../beat/settings.ts';
import { nodePath } from '../daemon/node-paths.ts';
import { UsageError } from '../exit.ts';
import type { FoundApp } from '../find-app.ts';
import { given } from '../given.ts';
import type { WorkerFlags } from './flags.ts';
import { poolNamed } from './parsers.ts';

/** Flags that contradict each other, or need one that is missing. */
export function checkFlags(flags: WorkerFlags): void {
  if (flags.executable !== undefined && !flags.detach) {
    throw new UsageError('--executable is the node of a detached worker: give --detach too.');
  }
  if (flags.disablePrefetch && flags.prefetchMultiplier !== undefined) {
    throw new UsageError(
      '--disable-prefetch and --prefetch-multiplier contradict each other: give one of them.',
    );
  }
  if (!flags.beat && (flags.scheduler !== undefined || flags.schedule !== undefined)) {
    throw new UsageError('--scheduler and --schedule are for beat: give --beat too.');
  }
  if (flags.withoutHeartbeat && flags.heartbeatInterval !== undefined) {
    throw new UsageError('--without-heartbeat leaves nothing for --heartbeat-interval to say.');
  }
}

/** Settings that the command line overrides, for the worker and its children. */
export function settingsOf(flags: WorkerFlags, logFile: string | undefined): Record<string, unknown> {
  return given({
    lovageLogLevel: flags.loglevel,
    lovageLogFormat: flags.json ? 'json' : undefined,
    lovageLogFile: logFile,
    include: flags.include,
    workerDisablePrefetch: flags.disablePrefetch,
    ...(flags.beat ? beatSettings(flags, '--scheduler') : {}),
  });
}

/** What the worker is to be, as the command line says. */
export function workerOptions(
  flags: WorkerFlags,
  { app, module, overrides }: FoundApp,
  node: string,
): WorkerOptions {
  if (!module)
    throw new UsageError('No app: name the module that makes it, as in `lovage worker -A ./tasks.ts`.');
  return {
    appModule: module.address,
    overrides,
    pool: flags.pool ?? poolNamed(app.conf.workerPool),
    queues: chosenQueues(app, flags),
    hostname: flags.hostname,
    ...given({
      concurrency: flags.concurrency,
      autoscale: flags.autoscale,
      // Where nothing is to be claimed ahead, whatever the settings say.
      prefetchMultiplier: flags.disablePrefetch ? 1 : flags.prefetchMultiplier,
      timeLimit: flags.timeLimit,
      softTimeLimit: flags.softTimeLimit,
      maxTasksPerChild: flags.maxTasksPerChild,
      maxMemoryPerChild: flags.maxMemoryPerChild,
      shutdownGrace: flags.shutdownGrace,
      softShutdownTimeout: flags.softShutdownTimeout,
      taskEvents: flags.taskEvents ?? flags.events,
      heartbeatInterval: flags.heartbeatInterval,
      withoutHeartbeat: flags.withoutHeartbeat,
      withoutMingle: flags.withoutMingle,
      withoutGossip: flags.withoutGossip,
      stateDb: flags.statedb === undefined ? undefined : nodePath(flags.statedb, node),
      http: flags.http,
    }),
  };
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
