import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readPid } from '../daemon/pid-file.ts';
import type { Node } from './nodes.ts';

const LOOK_EVERY_MS = 100;

/** How starting a node went. */
export interface Started {
  readonly exitCode: number;
  /** What it said. */
  readonly words: string;
}

/** The command that starts a node, by words. */
export const commandOf = (node: Node): readonly string[] => [
  process.execPath,
  ...process.execArgv,
  process.argv[1]!,
  ...node.argv,
];

/** Start a node in the background; resolves when it runs, or has ended at once. Makes the folders of its files. */
export async function startNode(node: Node): Promise<Started> {
  for (const file of [node.pidfile, node.logfile]) mkdirSync(dirname(file), { recursive: true });
  const [program = '', ...args] = commandOf(node);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { exitCode, words: (stdout + stderr).trim() };
}

/** The process of a node; undefined when it has none that lives. */
export function pidOf(node: Node): number | undefined {
  const pid = readPid(node.pidfile);
  return pid !== undefined && isAlive(pid) ? pid : undefined;
}

/** False when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Resolves when the process has ended. */
export async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(LOOK_EVERY_MS);
}
