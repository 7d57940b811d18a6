/** How grave a line is, lightest first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What the app, the worker and tasks write lines to. Any logger of four methods can be made one. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger, with these fields in each of its lines. */
  child(fields: LogFields): Logger;
  /** Would a line of this level be written? Ask before building a costly one. */
  enabled(level: LogLevel): boolean;
}

/** `err` is an error to show with its stack; `taskId` and `taskName` say which task speaks. */
export type LogFields = Readonly<Record<string, unknown>>;

export const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };
