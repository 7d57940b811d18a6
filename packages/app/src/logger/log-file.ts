import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';

/**
 * Appends lines to a file, each before the call returns. A file that was moved away (logrotate) is made anew with the
 * next line. What cannot be written goes to stderr: a worker does not die of a full disk, and is not silent about it.
 *
 * @param template `%i` is the number of this process in its pool, 0 in the worker itself; `%I` the same after a dash,
 *   nothing in the worker itself; `%%` a percent sign
 */
export function appendTo(template: string, processName: string): (line: string) => void {
  const path = pathOf(template, processName);
  let fd: number | undefined;

  const reopened = (): number => {
    if (fd !== undefined) {
      if (isSameFile(fd, path)) return fd;
      closeSync(fd);
      fd = undefined;
    }
    fd = openSync(path, 'a', 0o644);
    return fd;
  };
  return (line) => {
    try {
      writeSync(reopened(), line);
    } catch (error) {
      process.stderr.write(`${line}(not in ${path}: ${(error as Error).message})\n`);
    }
  };
}

function isSameFile(fd: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const ours = fstatSync(fd);
  return there?.ino === ours.ino && there.dev === ours.dev;
}

/** Processes are told apart by the number at the end of their names: ForkPoolWorker-3. */
function pathOf(template: string, processName: string): string {
  const number = /-(\d+)$/.exec(processName)?.[1];
  const values: Readonly<Record<string, string>> = {
    i: number ?? '0',
    I: number ? `-${number}` : '',
    '%': '%',
  };
  return template.replace(/%(.)/g, (whole, letter: string) => values[letter] ?? whole);
}
