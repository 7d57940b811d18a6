import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/**
 * Waits for the end of our life, however we die (its stdin closes then, also by SIGKILL), and takes the server
 * and its folder with it. `$1` the server's process id, or that of its group with a minus, `$2` its folder, `$3` the
 * signal that ends it at once.
 */
const KEEPER =
  'cat >/dev/null; kill -s "$3" -- "$1" 2>/dev/null; while kill -0 -- "$1" 2>/dev/null; do sleep 0.05; done; rm -rf -- "$2"';

/** A server as a child of this process, which cannot outlive it. */
export interface ServerProcess {
  readonly pid: number;
  /** False from the moment it has ended. */
  readonly running: boolean;
  /** Send the signal and wait until the process is gone. Does nothing when it already is. */
  end(signal: EndSignal): Promise<void>;
}

export type EndSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

export interface ServerProcessOptions {
  /** What ends it without delay; not SIGKILL where that would leave something behind. */
  readonly atOnce?: EndSignal;
  readonly env?: NodeJS.ProcessEnv;
  /** It starts others, which end with it: signals go to all of them. */
  readonly group?: boolean;
}

/**
 * Start a program; its output goes to `logFile`. It does not keep this process alive.
 *
 * @param folder deleted together with the server when this process ends first
 */
export async function startServerProcess(
  program: string,
  args: readonly string[],
  logFile: string,
  folder: string,
  { atOnce = 'SIGKILL', env = process.env, group = false }: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  // Rejects where the program cannot be started at all.
  await once(child, 'spawn');
  const pid = child.pid!;
  const keeper = startKeeper(group ? -pid : pid, folder, atOnce);
  const gone = once(child, 'exit').then(() => void keeper.kill('SIGKILL'));
  child.unref();
  return {
    pid,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      process.kill(group ? -pid : pid, signal);
      await gone;
    },
  };
}

function startKeeper(pid: number, folder: string, atOnce: EndSignal): ChildProcess {
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', String(pid), folder, atOnce.slice('SIG'.length)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Not in our process group: an interrupt at the terminal must reach us, not the keeper.
    detached: true,
  });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
  keeper.stdin?.on('error', () => {});
  return keeper;
}
