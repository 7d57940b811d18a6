import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DriverError } from '@lovage/contracts';
import { Changes, type Topic } from './changes.ts';
import { explain, isBusy } from './errors.ts';
import { LogKeeper } from './log-keeper.ts';
import { migrate } from './migrate.ts';
import { type Connection, connect, type Statement } from './node-sqlite.ts';
import type { SqliteOptions } from './options.ts';
import { Writer } from './writer.ts';

/** The one connection of a driver, opened on first use, shared by its roles and let go with the last of them. */
export class Database {
  readonly path: string;
  readonly options: SqliteOptions;
  /** Tells of commits, other processes' and our own. Listen after `open`. */
  readonly changes: Changes;
  #connection: Connection | undefined;
  #writer: Writer | undefined;
  #opening: Promise<void> | undefined;
  #closed = false;
  readonly #statements = new Map<string, Statement>();
  #touched = new Set<Topic>();
  #log: LogKeeper | undefined;

  constructor(path: string, options: SqliteOptions) {
    this.path = path;
    this.options = options;
    this.changes = new Changes({
      walPath: `${path}-wal`,
      version: () => Number(this.statement('pragma data_version').get()?.['data_version']),
      pollMs: options.pollMs,
      log: (message) => options.log('debug', `${path}: ${message}`),
    });
  }

  /** Creates what is missing and brings the schema up to date. Rejects with DriverError. */
  open(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.path));
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined; // The next call may fare better.
      throw error;
    });
    return this.#opening;
  }

  /** A statement, prepared once. Only after `open`. */
  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      if (!this.#connection) throw closedError(this.path);
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs `job`, which only reads, as soon as the file can be read. Rejects with DriverError. */
  async read<T>(job: () => T): Promise<T> {
    if (!this.#connection) await this.open();
    return this.#patiently(job);
  }

  /**
   * Runs `job` in a transaction shared with whatever else is written in this turn of the event loop,
   * and resolves once that has committed. `job` may run again if it was rolled back. Rejects with DriverError.
   */
  async write<T>(job: () => T): Promise<T> {
    if (!this.#writer) await this.open();
    try {
      return await this.#writer!.write(job);
    } catch (error) {
      throw explain(error, this.path);
    }
  }

  /** Called by a job: once it has committed, those who wait for `topic` are told. */
  touch(topic: Topic): void {
    this.#touched.add(topic);
  }

  /** For good: calls after it reject with 'closed'. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.disconnect();
  }

  /** Until the next call needs the file again. What is being written is finished first. */
  async disconnect(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#writer?.drained();
    this.changes.stop();
    this.#statements.clear();
    this.#writer = undefined;
    this.#log = undefined;
    this.#connection?.close();
    this.#connection = undefined;
    this.#opening = undefined;
  }

  async #open(): Promise<void> {
    const connection = await this.#patiently(() => this.#connect());
    this.#writer = new Writer(connection, {
      timeoutMs: this.options.timeoutMs,
      committed: () => this.#committed(),
      rolledBack: () => this.#touched.clear(),
    });
    this.#log = new LogKeeper(connection, this.path);
    this.#connection = connection;
  }

  #connect(): Connection {
    createFile(this.path);
    const connection = connect(this.path);
    try {
      connection.exec(`
        pragma journal_mode = wal;
        pragma synchronous = ${this.options.synchronous};
        pragma cache_size = -16000;
        pragma temp_store = memory;`);
      migrate(connection, this.path);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #committed(): void {
    if (this.#touched.size > 0) {
      const topics = this.#touched;
      this.#touched = new Set();
      this.changes.touched(topics);
    }
    try {
      this.#log?.committed();
    } catch (error) {
      // The commit stands; the next ones will try again.
      if (!isBusy(error)) this.options.log('warn', explain(error, this.path).message);
    }
  }

  /** Tries again, with pauses, while another process is in the way. */
  async #patiently<T>(job: () => T): Promise<T> {
    const deadline = Date.now() + this.options.timeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      try {
        return job();
      } catch (error) {
        if (!isBusy(error) || Date.now() >= deadline) throw explain(error, this.path);
      }
      await sleep(pauseMs);
    }
  }
}

/** SQLite gives its -wal and -shm files the mode of the file itself. */
function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (statSync(path, { throwIfNoEntry: false })) return;
  closeSync(openSync(path, 'a', 0o600));
}

export function closedError(path: string): DriverError {
  return new DriverError('closed', `${path} is closed`);
}
