import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CommandError, EXIT } from '../exit.ts';

/**
 * Write this process's id to `path` until disposed of.
 * A file left by a process that is gone is replaced.
 * @throws CommandError (73) when it names a living process
 */
export function holdPidFile(path: string): Disposable {
  const other = readPid(path);
  if (other !== undefined && other !== process.pid && isAlive(other)) {
    throw new CommandError(
      `Pidfile (${path}) already exists.\nSeems we're already running? (pid: ${other})`,
      EXIT.cannotCreate,
    );
  }
  rmSync(path, { force: true });
  writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o644 });
  return {
    [Symbol.dispose]() {
      // Somebody may have replaced it meanwhile: take away our own only.
      if (readPid(path) === process.pid) rmSync(path, { force: true });
    },
  };
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
