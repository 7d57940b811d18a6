import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandError } from '../exit.ts';

/** One thing that a worker wrote to its log: a line, with those below it that belong to it. */
export interface LogEntry {
  /** As it was written: local time of the worker in text, ISO 8601 in JSON. */
  readonly time: string;
  readonly level: string;
  /** 'MainProcess', 'ForkPoolWorker-1'. */
  readonly process: string;
  readonly message: string;
  /** A traceback, mostly. */
  readonly below: readonly string[];
}

/** What a task prints below an entry may be endless; so much of it is kept. */
const MOST_BELOW = 2000;

/** The head of a line of Celery and of ours: `[2026-01-02 03:04:05,678: INFO/MainProcess] message`. */
const HEAD = /^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}): (\w+)\/([^\]]*)\] ?(.*)$/;

/** The entries of logs, one log after another; of stdin where none is named, or one is named '-'. Files ending in .gz are unpacked. */
export async function* entriesOf(files: readonly string[]): AsyncGenerator<LogEntry> {
  for (const file of files.length === 0 ? ['-'] : files) yield* entriesIn(linesOf(file));
}

/** What stands above the first entry, such as the banner of a worker, is nobody's. */
export async function* entriesIn(lines: AsyncIterable<string>): AsyncGenerator<LogEntry> {
  let entry: (LogEntry & { below: string[] }) | undefined;
  for await (const line of lines) {
    const next = readHead(line) ?? readJson(line);
    if (next) {
      if (entry) yield entry;
      entry = next;
    } else if (entry && entry.below.length < MOST_BELOW) entry.below.push(line);
  }
  if (entry) yield entry;
}

function readHead(line: string): (LogEntry & { below: string[] }) | undefined {
  const match = HEAD.exec(line);
  if (!match) return undefined;
  const [, time = '', level = '', process = '', message = ''] = match;
  return { time, level, process, message, below: [] };
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARNING', 50: 'ERROR' };

/** A line of `lovage worker --json`. */
function readJson(line: string): (LogEntry & { below: string[] }) | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { level, time, process, msg, err, taskName, taskId } = value;
  if (typeof level !== 'number' || typeof msg !== 'string') return undefined;
  const [message = '', ...below] = msg.split('\n');
  const stack = (err as { readonly stack?: unknown } | undefined)?.stack;
  if (typeof stack === 'string') below.push(...stack.split('\n'));
  return {
    time: typeof time === 'number' ? new Date(time).toISOString() : String(time),
    level: LEVELS[level] ?? String(level),
    process: String(process ?? ''),
    message: taskName === undefined ? message : `${String(taskName)}[${String(taskId)}]: ${message}`,
    below,
  };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let trouble: Error | undefined;
  const input = open(file, (error) => {
    trouble ??= error;
  });
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    trouble ??= error as Error;
  }
  if (trouble) throw new CommandError(`Cannot read ${file}: ${trouble.message}`);
}

function open(file: string, onError: (error: Error) => void): Readable {
  if (file === '-') return process.stdin;
  const source = createReadStream(file);
  if (!file.endsWith('.gz')) return source.on('error', onError);
  return pipeline(source, createGunzip(), (error) => error && onError(error));
}

/** An entry as text, in the form of Celery's log. */
export function entryText({ time, level, process, message, below }: LogEntry): string {
  return [`[${time}: ${level}/${process}] ${message}`, ...below].join('\n').trimEnd();
}
