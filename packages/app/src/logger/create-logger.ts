import { createRequire } from 'node:module';
import type { Logger as Pino } from 'pino';
import { appendTo } from './log-file.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';
import { LEVELS } from './logger.ts';
import { maskField, maskUrls } from './mask.ts';
import { nameOfProcess } from './process-name.ts';

export interface LoggerOptions {
  /** The lightest level that is written; 'silent': none is. */
  readonly level: LogLevel | 'silent';
  /** 'text': Celery's lines, `[2026-01-02 03:04:05,678: INFO/MainProcess] message`. 'json': one object a line. */
  readonly format: 'text' | 'json';
  /** Who speaks: 'ForkPoolWorker-1'. Default: the name of this process, 'MainProcess' unless `nameProcess` gave another. */
  readonly processName?: string;
  /** File to append to, as `appendTo` reads it. Default: stderr. */
  readonly file?: string | undefined;
  /** Takes each line, with its line break. Default: `file`, or stderr, written before the call returns. */
  readonly write?: (line: string) => void;
}

/** A line, ready to be shown. */
type Sink = (level: LogLevel, message: string, fields: LogFields) => void;

/** Celery's log lines, or JSON by pino, on stderr. Passwords in URLs and fields named like secrets are hidden. */
export function createLogger(options: LoggerOptions): Logger {
  const processName = options.processName ?? nameOfProcess();
  const write = options.write ?? writerTo(options.file, processName);
  const sink = options.format === 'json' ? jsonSink(processName, write) : textSink(processName, write);
  return new LevelLogger(options.level === 'silent' ? Infinity : LEVELS[options.level], sink, {});
}

function writerTo(file: string | undefined, processName: string): (line: string) => void {
  return file === undefined ? (line) => process.stderr.write(line) : appendTo(file, processName);
}

class LevelLogger implements Logger {
  readonly #from: number;
  readonly #sink: Sink;
  readonly #fields: LogFields;

  constructor(from: number, sink: Sink, fields: LogFields) {
    this.#from = from;
    this.#sink = sink;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new LevelLogger(this.#from, this.#sink, { ...this.#fields, ...fields });
  }

  enabled(level: LogLevel): boolean {
    return LEVELS[level] >= this.#from;
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (this.enabled(level))
      this.#sink(level, maskUrls(message), fields ? { ...this.#fields, ...fields } : this.#fields);
  }
}

const SHOWN: Readonly<Record<LogLevel, string>> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
};

/** Celery's two formats: a task's own lines carry `name[id]:` before the message. */
function textSink(processName: string, write: (line: string) => void): Sink {
  return (level, message, { taskName, taskId, err, ...rest }) => {
    const task = taskName === undefined ? '' : `${taskName}[${taskId}]: `;
    const more = Object.entries(rest).map(([name, value]) => ` ${name}=${shown(maskField(name, value))}`);
    const error = err === undefined ? '' : `\n${maskUrls(stackOf(err))}`;
    write(
      `[${localTime(new Date())}: ${SHOWN[level]}/${processName}] ${task}${message}${more.join('')}${error}\n`,
    );
  };
}

function jsonSink(processName: string, write: (line: string) => void): Sink {
  let pino: Pino | undefined;
  return (level, message, fields) => {
    pino ??= loadPino()(
      {
        level: 'debug',
        base: { pid: process.pid, process: processName },
        serializers: { err: (error) => error },
      },
      { write },
    );
    const { err, ...rest } = fields;
    const masked = Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [name, maskField(name, value)]),
    );
    pino[level](err === undefined ? masked : { ...masked, err: errorFields(err) }, message);
  };
}

/** Loaded with the first line, so that an app that logs nothing does not pay for it. */
const loadPino = () => createRequire(import.meta.url)('pino') as typeof import('pino').default;

const errorFields = (error: unknown) =>
  error instanceof Error
    ? { type: error.name, message: maskUrls(error.message), stack: maskUrls(stackOf(error)) }
    : { type: typeof error, message: maskUrls(shown(error)) };

/** The stack with those of its causes. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return shown(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** `2026-01-02 03:04:05,678` in local time, as Python's logging writes it. */
export function localTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}
