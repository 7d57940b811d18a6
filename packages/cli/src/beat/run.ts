import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { App } from '@lovage/app';
import { Beat, BeatMetrics, type BeatStatus, readAppEntries } from '@lovage/beat';
import { workerName } from '@lovage/protocol';
import { detach, logFileOf } from '../daemon/detach.ts';
import { type Background, background } from '../daemon/detached.ts';
import { takeIdentity } from '../daemon/identity.ts';
import { nodePath } from '../daemon/node-paths.ts';
import { holdPidFile } from '../daemon/pid-file.ts';
import { EXIT, UsageError } from '../exit.ts';
import { enterFolder, findApp } from '../find-app.ts';
import { given } from '../given.ts';
import { beatBanner } from './banner.ts';
import type { BeatFlags } from './flags.ts';
import { serveBeat } from './health.ts';
import { beatSettings, unusedFile } from './settings.ts';

/** `lovage beat`: from the command line to the exit code. Ends when beat has stopped, or runs detached. */
export async function runBeat(given: BeatFlags): Promise<void> {
  if (given.executable !== undefined && !given.detach) {
    throw new UsageError('--executable is the node of a beat in the background: give --detach too.');
  }
  takeIdentity(given);
  const starter = background();
  const node = workerName('beat@%h', hostname());
  if (given.detach && !starter.detached) return detach(node, given);

  const { workdir, ...flags } = given;
  if (workdir !== undefined) enterFolder(workdir);
  // What `ps` shows.
  process.title = 'lovage beat';
  using _pidFile =
    flags.pidfile === undefined ? undefined : holdPidFile(resolve(nodePath(flags.pidfile, node)));
  const logFile = flags.logfile === undefined ? undefined : logFileOf(flags.logfile, node);

  const { app, module } = await findApp(flags, settingsOf(flags, logFile));
  try {
    if (!module)
      throw new UsageError('No app: name the module that makes it, as in `lovage beat -A ./tasks.ts`.');
    const store = await (await app.drivers()).periodic();
    const entries = readAppEntries(app).length;
    if (!flags.quiet && !flags.json)
      console.log(beatBanner(app, { file: module.file, store, entries, logFile }));
    const unused = unusedFile(flags, store);
    if (unused !== undefined) app.logger.warn(unused);
    await runUntilStopped(app, flags, starter);
  } finally {
    await app.close();
  }
}

async function runUntilStopped(app: App, { http }: BeatFlags, starter: Background): Promise<void> {
  const status = (): BeatStatus => beat.status;
  const metrics = http === undefined ? undefined : await BeatMetrics.create(status);
  const beat: Beat = new Beat(app, given({ metrics }));
  const probes =
    http === undefined || !metrics ? undefined : await serveBeat(http, status, metrics, app.logger);
  if (probes) app.logger.info(`beat: health is served at ${probes.url}`);
  const signals = stopOnSignals(beat, app);
  try {
    starter.starting();
    await beat.start();
    starter.ready();
    await beat.done;
    process.exitCode = EXIT.ok;
  } finally {
    signals.release();
    await beat.stop();
    await probes?.close();
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const;

/** A second signal does not wait for the store to hear that nobody leads any more: the lease ends by itself. */
function stopOnSignals(beat: Beat, app: App): { release(): void } {
  let asked = false;
  const on = (): void => {
    if (asked) process.exit(EXIT.failed);
    asked = true;
    app.logger.info('beat: Shutting down...');
    // What goes wrong is told by `done`.
    beat.stop().catch(() => {});
  };
  for (const signal of SIGNALS) process.on(signal, on);
  return {
    release() {
      for (const signal of SIGNALS) process.off(signal, on);
    },
  };
}

function settingsOf(flags: BeatFlags, logFile: string | undefined): Record<string, unknown> {
  return given({
    lovageLogLevel: flags.loglevel,
    lovageLogFormat: flags.json ? 'json' : undefined,
    lovageLogFile: logFile,
    ...beatSettings(flags, '-S'),
  });
}
