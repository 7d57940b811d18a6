import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface SmallDisk {
  /** The command, on a disk of that size. */
  readonly command: readonly string[];
  /** For people. */
  readonly kind: string;
}

const MOUNT = 'mount -t tmpfs -o "size=$1k" none "$2" && shift 2 && exec "$@"';
const LIMIT = 'ulimit -f "$1" && shift 2 && exec "$@"';

/** Whether the folder alone can be small: where it cannot, every file that the command writes is. */
export function canMount(folder: string): boolean {
  return mounts(folder, 40);
}

function mounts(folder: string, kib: number): boolean {
  const [program, ...args] = [...spaced(folder, kib), 'true'];
  return spawnSync(program!, args, { stdio: 'ignore' }).status === 0;
}

const spaced = (folder: string, kib: number): string[] => [
  ...['unshare', '--user', '--map-root-user', '--mount'],
  ...['sh', '-c', MOUNT, 'sh', String(kib), folder],
];

/**
 * Runs a command so that a folder has room for so many KiB: a tmpfs in a namespace of its own where the kernel lets a user have
 * one, else a limit on the size of every file that it writes, which fails in the same calls with another word (EFBIG).
 */
export function onSmallDisk(folder: string, kib: number, command: readonly string[]): SmallDisk {
  mkdirSync(folder, { recursive: true });
  if (mounts(folder, kib))
    return { command: [...spaced(folder, kib), ...command], kind: `a tmpfs of ${kib} KiB` };
  return {
    command: ['bash', '-c', LIMIT, 'bash', String(kib), folder, ...command],
    kind: `files of ${kib} KiB at most`,
  };
}
