// What Linux says of a process and everything below it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks in a second, fixed by the kernel's interface for /proc. */
const ticks = 100;

/** Proportional memory of the whole tree in bytes: pages that processes share are counted once in all. */
export const proportionalBytes = (pid: number): number =>
  sum(tree(pid), (each) => field(`/proc/${each}/smaps_rollup`, 'Pss'));

/** Resident memory of one process in bytes. */
export const residentBytes = (pid: number): number => field(`/proc/${pid}/status`, 'VmRSS');

/** The most resident memory of one process in bytes, since it started or since `forgetPeak`. */
export const peakBytes = (pid: number): number => field(`/proc/${pid}/status`, 'VmHWM');

/** From now on `peakBytes` counts anew. 5 is the kernel's word for it: proc(5), clear_refs. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Processor time of the whole tree so far, in milliseconds. */
export const cpuMs = (pid: number): number =>
  sum(tree(pid), (each) => {
    const fields = stat(each);
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
  });

/** A process and all its descendants. */
export function tree(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const found = [pid];
  for (const each of found) {
    for (const [child, parent] of parents) if (parent === each) found.push(child);
  }
  return found;
}

/** The fields of /proc/pid/stat behind the program's name, which may itself hold spaces. */
function stat(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(stat(pid)[1]);
  } catch {
    return undefined; // it ended between the listing and the reading
  }
}

function field(file: string, name: string): number {
  const found = readFileSync(file, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'));
  if (found === null) throw new Error(`${file} has no ${name}`);
  return Number(found[1]) * 1024;
}

const sum = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + of(pid), 0);
