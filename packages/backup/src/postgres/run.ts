import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BackupFailed } from '../errors.ts';

/** Of what a program complains, the end is kept. */
const COMPLAINTS = 4_000;

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Told of each piece of what it prints; else it is dropped. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a program to its end, with arguments as they are and no shell. @throws BackupFailed with its complaint */
export async function run(
  program: string,
  args: readonly string[],
  { env, signal, onOutput }: RunOptions,
): Promise<void> {
  const child = spawn(program, args, {
    // Its messages in English, for whoever reads the log.
    env: { ...process.env, LC_ALL: 'C', PGCONNECT_TIMEOUT: '10', ...env },
    stdio: ['ignore', onOutput ? 'pipe' : 'ignore', 'pipe'],
    ...(signal ? { signal } : {}),
    killSignal: 'SIGKILL',
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINTS);
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
  try {
    const [code, killed] = (await Promise.race([once(child, 'close'), failed])) as [
      number | null,
      string | null,
    ];
    if (code === 0) return;
    const how = code === null ? `was ended by ${killed}` : `ended with ${code}`;
    throw new BackupFailed(`${program} ${how}: ${complaint.trim() || 'it said nothing'}`);
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new BackupFailed(
        `there is no program ${program}: install PostgreSQL's client programs, or say where it is`,
        { cause: error },
      );
    throw error;
  }
}
