import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/**
 * Waits for the end of our life, however we die (its stdin closes then, also by SIGKILL), and takes the server
 * and its folder with it. `$1` the server's process id, `$2` its folder.
 */
const KEEPER = 'cat >/dev/null; kill -9 "$1" 2>/dev/null; rm -rf -- "$2"';

/** A server as a child of this process, which cannot outlive it. */
export interface ServerProcess {
  readonly pid: number;
  /** False from the moment it has ended. */
  readonly running: boolean;
  /** Send the signal and wait until the process is gone. Does nothing when it already is. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
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
): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  // Rejects where the program cannot be started at all.
  await once(child, 'spawn');
  const pid = child.pid!;
  const keeper = startKeeper(pid, folder);
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
      child.kill(signal);
      await gone;
    },
  };
}

function startKeeper(pid: number, folder: string): ChildProcess {
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Not in our process group: an interrupt at the terminal must reach us, not the keeper.
    detached: true,
  });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
  keeper.stdin?.on('error', () => {});
  return keeper;
}
