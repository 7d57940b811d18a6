import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../lovage/bin/lovage.js', import.meta.url));
/** More than any of these commands needs on a busy machine; what takes longer hangs. */
const LIMIT_MS = 30_000;
/** A worker lives through many of them. */
const WORKER_LIMIT_MS = 150_000;

/** The path of a module in `fixtures/`. */
export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const made: string[] = [];
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own for one test, deleted afterwards. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-cli-'));
  made.push(folder);
  return folder;
}

/** A broker and result backend of its own for one test. */
export function emptyStore(): string {
  return `sqlite:///${join(emptyFolder(), 'lovage.db')}`;
}

/** Flags that name a broker, and a result backend where that is another, with nothing in them. */
export type EmptyStore = () => readonly string[] | Promise<readonly string[]>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed; then the input ends. */
  readonly input?: string;
  /** It is ended after this long, in ms. Default: 30 s. */
  readonly limitMs?: number;
}

/** Runs the real binary to its end. */
export async function lovage(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = start(args, options);
  child.process.stdin?.end(options.input ?? '');
  return child.ended;
}

/** The real binary while it runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** All it has printed so far, stderr and stdout. */
  said(): string;
  /** Resolves once it has printed this; rejects when it ends without. */
  says(pattern: RegExp): Promise<void>;
}

export function start(
  args: readonly string[],
  { cwd, env = {}, limitMs = LIMIT_MS }: RunOptions = {},
): Running {
  const { NODE_TEST_CONTEXT: _, LOVAGE_APP: __, CELERY_APP: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--conditions=lovage-source', BIN, ...args], {
    cwd: cwd ?? emptyFolder(),
    env: { ...inherited, ...env },
    stdio: 'pipe',
  });
  running.add(child);
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const printed = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const said = (): string => printed.stderr + printed.stdout;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      running.delete(child);
      resolve({ code, signal, ...printed });
      for (const listener of listeners) listener();
    });
  });
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(said())) resolve();
        else if (!running.has(child)) reject(new Error(`it ended without saying ${pattern}:\n${said()}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { process: child, ended, said, says };
}

/** A worker that has said that it is ready. */
export async function startWorker(args: readonly string[], options: RunOptions = {}): Promise<Running> {
  const worker = start(['worker', '-l', 'info', ...args], { limitMs: WORKER_LIMIT_MS, ...options });
  await worker.says(/ ready\./);
  return worker;
}
