import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../packages/lovage/bin/lovage.js', import.meta.url));
const TAIL = 60;
/** The machine is shared. */
const READY_WITHIN_MS = 90_000;

/** What ends each process that is there. A test file that hangs is ended with SIGTERM, and takes them along. */
const running = new Set<() => void>();
const endAll = (): void => running.forEach((end) => void end());
process.once('exit', endAll);
process.once('SIGTERM', () => process.exit(143));

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A command that runs the one that comes after it: `nice`, or a namespace of its own. */
  readonly through?: readonly string[];
  /** It is there once a line says this; default: a worker's ` ready.` */
  readonly ready?: RegExp;
}

/** A process that a test started, and all of whose lines it can ask for. */
export interface LovageProcess {
  readonly pid: number;
  /** What it printed, the last lines first to go beyond 60. */
  said(): string;
  /** Resolves with the match once a line says this, also one that it said before; rejects when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** A warm shutdown. Answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, to its children too. */
  kill(): Promise<void>;
}

/** A real `lovage` in a process group of its own; resolves once it is ready. */
export function startLovage(args: readonly string[], options: ProcessOptions = {}): Promise<LovageProcess> {
  return startProgram([BIN, ...args], { ready: / ready\.$/, ...options });
}

/** A real `lovage worker` of an app. */
export function startWorkerOf(
  app: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<LovageProcess> {
  return startLovage(['worker', '-A', app, '-l', 'info', ...args], options);
}

/** A program of TypeScript, as `startLovage` starts ours. */
export async function startProgram(args: readonly string[], options: ProcessOptions): Promise<LovageProcess> {
  const { NODE_TEST_CONTEXT: _, LOVAGE_APP: __, CELERY_APP: ___, ...inherited } = process.env;
  const command = [...(options.through ?? []), process.execPath, '--conditions=lovage-source', ...args];
  const child = spawn(command[0]!, command.slice(1), {
    env: { ...inherited, NO_COLOR: '1', ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const whole = () => killGroup(child);
  running.add(whole);
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  let over = false;
  const hear = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      hear();
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      over = true;
      running.delete(whole);
      hear();
      resolve(code);
    });
  });
  const said = (): string => lines.slice(-TAIL).join('\n');
  function says(pattern: RegExp): Promise<RegExpExecArray> {
    let read = 0;
    const next = (): RegExpExecArray | undefined => {
      while (read < lines.length) {
        const match = pattern.exec(lines[read++]!);
        if (match) return match;
      }
      return undefined;
    };
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = next();
        if (match) resolve(match);
        else if (over) reject(new Error(`it ended without saying ${pattern}:\n${said()}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  }
  if (options.ready)
    await inTime(says(options.ready), () => new Error(`not ready in time:\n${said()}`), whole);
  return {
    pid: child.pid!,
    said,
    says,
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
    async kill() {
      killGroup(child);
      await exited;
    },
  };
}

async function inTime(ready: Promise<unknown>, late: () => Error, end: () => void): Promise<void> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    end();
    limit.reject(late());
  }, READY_WITHIN_MS);
  try {
    await Promise.race([ready, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Children of a prefork worker are in its group, and end with it. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
