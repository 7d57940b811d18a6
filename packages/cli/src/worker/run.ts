import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { App } from '@lovage/app';
import { workerName } from '@lovage/protocol';
import { Worker } from '@lovage/worker';
import { embedBeat } from '../beat/embedded.ts';
import { detach, logFileOf } from '../daemon/detach.ts';
import { type Background, background } from '../daemon/detached.ts';
import { takeIdentity } from '../daemon/identity.ts';
import { nodePath } from '../daemon/node-paths.ts';
import { holdPidFile } from '../daemon/pid-file.ts';
import { EXIT } from '../exit.ts';
import { enterFolder, findApp } from '../find-app.ts';
import { counted } from '../output/texts.ts';
import { banner } from './banner.ts';
import { stateDump } from './dump.ts';
import type { WorkerFlags } from './flags.ts';
import { growNursery } from './nursery.ts';
import { checkFlags, settingsOf, workerOptions } from './options.ts';
import { canRestart, restartProcess } from './restart.ts';
import { type Stopping, stopOnSignals } from './signals.ts';

/** `lovage worker`: from the command line to the exit code. Ends when the worker has stopped, or runs detached. */
export async function runWorker(given: WorkerFlags): Promise<void> {
  checkFlags(given);
  takeIdentity(given);
  const starter = background();
  const node = workerName(given.hostname, hostname());
  if (given.detach && !starter.detached) return detach(node, given);

  const origin = process.cwd();
  const { workdir, ...flags } = given;
  if (workdir !== undefined) enterFolder(workdir);
  // What `ps` shows.
  process.title = `lovage worker ${node}`;
  using pidFile =
    flags.pidfile === undefined ? undefined : holdPidFile(resolve(nodePath(flags.pidfile, node)));
  const logFile = flags.logfile === undefined ? undefined : logFileOf(flags.logfile, node);

  const { restart } = await work(flags, node, logFile, starter);
  if (!restart) return;
  pidFile?.keep();
  restartProcess(origin, starter.detached);
}

async function work(
  flags: WorkerFlags,
  node: string,
  logFile: string | undefined,
  starter: Background,
): Promise<Stopping> {
  const found = await findApp(flags, settingsOf(flags, logFile));
  const { app } = found;
  try {
    const worker = new Worker(app, workerOptions(flags, found, node));
    if (!flags.quiet && !flags.json) {
      console.log(banner(app, worker.plan, found.module!.file, flags.beat ?? false));
    }
    if (flags.discard) await purge(app, worker.plan.queues);
    return await runUntilStopped(worker, app, flags, starter);
  } finally {
    await app.close();
  }
}

async function runUntilStopped(
  worker: Worker,
  app: App,
  flags: WorkerFlags,
  starter: Background,
): Promise<Stopping> {
  const beat = flags.beat ? await embedBeat(app, worker, flags) : undefined;
  const stopping = stopOnSignals(beat?.stoppable ?? worker, {
    say: flags.json ? (line) => app.logger.warn(line) : sayOnTerminal,
    dump: () => app.logger.warn(stateDump(worker)),
    mayRestart: canRestart && !process.stdin.isTTY,
  });
  using _nursery = growNursery(() => worker.totals.all);
  try {
    starter.starting();
    await worker.start();
    starter.ready();
    await worker.done;
    if (beat?.fault !== undefined) throw beat.fault;
  } catch (error) {
    // Asked to stop while it still waited for its broker: that is no failure.
    if (!stopping.asked) throw error;
  } finally {
    stopping.release();
    await beat?.stop();
  }
  process.exitCode = stopping.forced ? EXIT.failed : EXIT.ok;
  return stopping;
}

/** A line of its own, also where a terminal has just echoed ^C. */
function sayOnTerminal(line: string): void {
  process.stderr.write(`\n${line}\n`);
}

async function purge(app: App, queues: readonly string[]): Promise<void> {
  const { broker } = await app.drivers();
  let count = 0;
  for (const queue of queues) count += await broker.purge(queue);
  if (count > 0) console.log(`purge: Erased ${counted(count, 'message')} from the queue.\n`);
}
