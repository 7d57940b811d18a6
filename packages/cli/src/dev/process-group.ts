import { spawn as spawnChild, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { isAlive } from '../daemon/pid-file.ts';
import type { CommandLine } from './command-line.ts';

/** How a process ended. */
export interface Ended {
  /** As a shell counts: 128 and more for a signal, 127 for a command that is not there. */
  readonly code: number;
  /** For people. */
  readonly how: string;
}

/** A process, and all that it starts, as one. */
export interface ProcessGroup {
  readonly pid: number | undefined;
  readonly output: readonly Readable[];
  /** The first process has ended; what it started may still run. */
  readonly ended: Promise<Ended>;
  /** Somebody of the group is there. */
  alive(): boolean;
  /**
   * Asks for an end: the first process, which tells those that it has started, and what it leaves behind when it has
   * ended. Not all at once: who is told twice, by us and by `npm`, may take the second time for a command to hurry.
   */
  stop(): void;
  kill(): void;
}

const ON_WINDOWS = process.platform === 'win32';
const NOT_FOUND = 127;
const SIGNALLED = 128;

/** Starts a command in a group of its own, so that nothing that it starts is left behind. */
export function startGroup(
  { argv: [file, ...args] }: CommandLine,
  env: Readonly<Record<string, string | undefined>>,
): ProcessGroup {
  const child = spawnChild(file, args, { env, detached: !ON_WINDOWS, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const how = error.code === 'ENOENT' ? `there is no command ${file}` : error.message;
      resolve({ code: NOT_FOUND, how });
    });
    child.once('exit', (code, signal) => {
      if (signal === null) resolve({ code: code ?? 0, how: `exit code ${code}` });
      else resolve({ code: SIGNALLED + (constants.signals[signal] ?? 0), how: `signal ${signal}` });
    });
  });
  const { pid } = child;
  let stopping = false;
  const signal = (name: 'SIGTERM' | 'SIGKILL', toAll: boolean) => {
    if (pid === undefined) return;
    // Windows has no groups, and no way to ask for an end.
    if (ON_WINDOWS) spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    else send(toAll ? -pid : pid, name);
  };
  void ended.then(() => {
    if (stopping) signal('SIGTERM', true);
  });
  return {
    pid,
    output: [child.stdout, child.stderr],
    ended,
    alive: () => pid !== undefined && isAlive(ON_WINDOWS ? pid : -pid),
    stop() {
      stopping = true;
      signal('SIGTERM', child.exitCode !== null || child.signalCode !== null);
    },
    kill: () => signal('SIGKILL', true),
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
