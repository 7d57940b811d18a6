import { DETACHED } from '../daemon/detached.ts';

/** This process can become another program: nowhere on Windows. */
export const canRestart = typeof process.execve === 'function';

/**
 * Start this command line anew in this very process, which keeps its id: a supervisor and a pid file notice nothing.
 * Whatever is open is closed first.
 *
 * @param folder Where the command was given; paths on its command line are seen from there
 */
export function restartProcess(folder: string, detached: boolean): never {
  process.chdir(folder);
  const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return process.execve!(process.execPath, argv, {
    ...process.env,
    ...(detached ? { [DETACHED]: '1' } : {}),
  });
}
