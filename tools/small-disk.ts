import { spawnSync } from 'node:child_process';

export interface SmallDisk {
  /** The command, on a disk of that size. */
  readonly command: readonly string[];
  /** For people. */
  readonly kind: string;
}

const MOUNT = 'mount -t tmpfs -o "size=$1k" none "$2" && shift 2 && exec "$@"';
const LIMIT = 'ulimit -f "$1" && shift 2 && exec "$@"';

/**
 * Runs a command so that a folder has room for so many KiB: a tmpfs in a namespace of its own where the kernel lets a user have
 * one, else a limit on the size of every file that it writes, which fails in the same calls with another word (EFBIG).
 */
export function onSmallDisk(folder: string, kib: number, command: readonly string[]): SmallDisk {
  const spaced = [
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    MOUNT,
    'sh',
    String(kib),
    folder,
  ];
  const [program = '', ...args] = [...spaced, 'true'];
  if (spawnSync(program, args, { stdio: 'ignore' }).status === 0)
    return { command: [...spaced, ...command], kind: `a tmpfs of ${kib} KiB` };
  return {
    command: ['bash', '-c', LIMIT, 'bash', String(kib), folder, ...command],
    kind: `files of ${kib} KiB at most`,
  };
}
