import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CommandError, EXIT } from '../exit.ts';

/**
 * Write this process's id to `path` until disposed of.
 * A file left by a process that is gone is replaced.
 * @throws CommandError (73) when it names a living process, or cannot be written
 */
export function holdPidFile(path: string): Disposable & { keep(): void } {
  refuseIfHeld(path);
  write(path);
  let kept = false;
  return {
    /** Leave it: this process lives on as another program. */
    keep() {
      kept = true;
    },
    [Symbol.dispose]() {
      if (kept) return;
      // Somebody may have replaced it meanwhile: take away our own only.
      if (readPid(path) === process.pid) rmSync(path, { force: true });
    },
  };
}

/** @throws CommandError (73) when it names another process, and that lives */
export function refuseIfHeld(path: string): void {
  const other = readPid(path);
  if (other === undefined || other === process.pid || !isAlive(other)) return;
  throw new CommandError(
    `Pidfile (${path}) already exists.\nSeems we're already running? (pid: ${other})`,
    EXIT.cannotCreate,
  );
}

function write(path: string): void {
  try {
    rmSync(path, { force: true });
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    throw new CommandError(`Cannot write the pid file: ${(error as Error).message}`, EXIT.cannotCreate);
  }
}

/**
 * The process id that a file names; undefined when there is no such file, or no number in it.
 * @throws CommandError (73) when it cannot be read
 */
export function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CommandError(`Cannot read the pid file: ${message}`, EXIT.cannotCreate);
  }
}

/** A process that has ended and that nobody has asked about since (a container without an init) does not live. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** Linux says so in /proc; elsewhere nothing can be said. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
