import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, EXIT } from '../exit.ts';
import { DETACHED, type Word } from './detached.ts';
import { nodePath, poolPath } from './node-paths.ts';
import { refuseIfHeld } from './pid-file.ts';

/** Whoever has its app may wait for its broker for ever: nobody at a prompt waits with it for longer. */
const READY_MS = 5000;
/** Of the log of one that ended at once, so much is shown. */
const LAST_WORDS = 4096;

/** What a command line says of running in the background. Paths may have the parts of the node's name in them. */
export interface DaemonFlags {
  readonly workdir?: string;
  readonly pidfile?: string;
  readonly logfile?: string;
  readonly executable?: string;
  readonly quiet?: boolean;
}

/**
 * Start this very command line again in the background: in a session of its own, without input, what it prints in its
 * log file. Resolves once it says that it is ready, or waits for its broker.
 * @param node Its name
 * @throws CommandError with its exit code and last words when it ends before
 */
export async function detach(node: string, flags: DaemonFlags): Promise<void> {
  const folder = resolve(flags.workdir ?? '.');
  const place = (template: string | undefined): string | undefined =>
    template === undefined ? undefined : resolve(folder, nodePath(template, node));
  const pidfile = place(flags.pidfile);
  if (pidfile !== undefined) refuseIfHeld(pidfile);

  const logfile = place(flags.logfile);
  const log = openLog(logfile ?? '/dev/null');
  try {
    const from = fstatSync(log).size;
    const child = start(flags.executable ?? process.execPath, log);
    const news = await firstNews(child);
    if (news.ended !== undefined) {
      const words = logfile === undefined ? '' : wordsSince(logfile, from);
      throw new CommandError(`${node} ended at once (${news.detail}).${words}`, news.ended);
    }
    child.unref();
    if (!flags.quiet) console.log(tellStarted(node, child.pid, news.ready, logfile));
  } finally {
    closeSync(log);
  }
}

function start(executable: string, log: number): ChildProcess {
  return spawn(executable, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, [DETACHED]: '1' },
  });
}

interface News {
  /** Its exit code, when it has ended. */
  readonly ended?: number;
  readonly detail: string;
  readonly ready: boolean;
}

function firstNews(child: ChildProcess): Promise<News> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ ended: EXIT.failed, detail: message, ready: false }));
    child.once('exit', (code, signal) => {
      const detail = signal === null ? `exit code ${code}` : `signal ${signal}`;
      // It was to stay: an end without a fault is none of one that runs.
      resolve({ ended: code || EXIT.failed, detail, ready: false });
    });
    child.on('message', (word) => {
      if ((word as Word) === 'ready') resolve({ detail: '', ready: true });
      else void sleep(READY_MS, undefined, { ref: false }).then(() => resolve({ detail: '', ready: false }));
    });
  });
}

function tellStarted(
  node: string,
  pid: number | undefined,
  ready: boolean,
  logfile: string | undefined,
): string {
  const state = ready ? 'runs' : 'is starting, and waits for its broker';
  const log = logfile === undefined ? 'its log goes nowhere: --logfile keeps it' : `log: ${logfile}`;
  return `${node} ${state} (pid ${pid}; ${log})`;
}

/** @throws CommandError (73) when it cannot be written */
export function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o644);
  } catch (error) {
    throw new CommandError(`Cannot write the log file: ${(error as Error).message}`, EXIT.cannotCreate);
  }
}

/** What the log has had since it was `from` bytes long; the end of it. */
function wordsSince(path: string, from: number): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const start = Math.max(from, size - LAST_WORDS);
    const bytes = Buffer.alloc(Math.max(0, size - start));
    const length = readSync(file, bytes, 0, bytes.length, start);
    const text = bytes.toString('utf8', 0, length).trim();
    return text === '' ? '' : ` From ${path}:\n${text}`;
  } finally {
    closeSync(file);
  }
}

/** Seen from here, whatever the app's module changes to. @throws CommandError (73) when it cannot be written */
export function logFileOf(template: string, node: string): string {
  closeSync(openLog(resolve(nodePath(template, node))));
  return resolve(poolPath(template, node));
}
