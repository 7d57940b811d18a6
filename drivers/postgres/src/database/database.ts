import { DriverError, type SchemaVersions } from '@lovage/contracts';
import { Backoff } from '@lovage/contracts/kit';
import type { ClientConfig, PoolClient, QueryResult } from 'pg';
import { explain, gaveWay, leavesConnectionWhole } from '../errors.ts';
import { Announcer } from '../listen/announcer.ts';
import { Listener } from '../listen/listener.ts';
import { migrate } from '../migrate.ts';
import type { Configured, PostgresOptions } from '../options.ts';
import { clientConfig } from './client-config.ts';
import { Connections, GRACE_MS } from './connections.ts';
import { findOut } from './server.ts';
import { inSchema, type Statement } from './statement.ts';

export type Row = Readonly<Record<string, unknown>>;
/** Runs a statement and answers its rows. Rejects with DriverError. */
export type Run = <T = Row>(statement: Statement, values?: readonly unknown[]) => Promise<T[]>;

/** How often a transaction that gave way to another is tried again. */
const ATTEMPTS = 8;
/** Between looks of who waits: where it is told of news, and where it cannot be. */
const TOLD_POLL_MS = 2000;
const UNTOLD_POLL_MS = 100;

/** What a package that stands on this one adds. */
export interface Beside {
  /** A statement's text, where it names tables of that package. */
  rename?(text: string): string;
  /** Brings its tables up to date, after ours. Rejects with DriverError. */
  migrate?(database: Database): Promise<SchemaVersions>;
}

/** One server and schema: connections, statements, and word of what others have changed. */
export class Database {
  readonly label: string;
  readonly options: PostgresOptions;
  readonly listener: Listener;
  readonly announcer: Announcer;
  readonly #config: ClientConfig;
  readonly #beside: Beside;
  readonly #texts = new Map<Statement, string>();
  #connections: Connections | undefined;
  #opening: Promise<void> | undefined;
  #pooled: boolean | undefined;
  #toldPooled = false;
  #closed = false;

  /** @throws DriverError 'refused' for a URL that cannot be used */
  constructor(configured: Configured, label: string, beside: Beside = {}) {
    this.label = label;
    this.#beside = beside;
    this.options = configured.options;
    this.#config = clientConfig(configured, label);
    this.listener = new Listener(this.#config, this);
    this.announcer = new Announcer(this);
  }

  /** A pooler stands in between: nothing may be left in a session. Known once open. */
  get pooled(): boolean {
    return this.#pooled === true;
  }

  /** How often who waits should look, in ms. */
  get pollMs(): number {
    return this.options.pollMs ?? (this.pooled ? UNTOLD_POLL_MS : TOLD_POLL_MS);
  }

  /** The name of a channel, by which only users of this schema speak. */
  channel(topic: string): string {
    return `${this.options.schema}.${topic}`;
  }

  /** Connects and brings the schema up to date. Rejects with DriverError. */
  open(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.label));
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined; // The next call may fare better.
      throw error;
    });
    return this.#opening;
  }

  /** Brings the schema up to date, and says what was there. Rejects with DriverError. */
  async migrate(): Promise<SchemaVersions> {
    if (this.#closed) throw closedError(this.label);
    await this.connect();
    const own = await migrate(this);
    const beside = await this.#beside.migrate?.(this);
    return beside && own.from === own.to ? beside : own;
  }

  /** Connects, whatever the schema. */
  async connect(): Promise<void> {
    this.#connections ??= new Connections(this.#config, this.options, this.label);
    if (this.#pooled !== undefined) return;
    const { pooled } = await this.withClient(findOut);
    this.#pooled = this.options.pooler ?? pooled;
    if (this.#pooled && !this.#toldPooled) {
      this.#toldPooled = true;
      this.options.log(
        'info',
        `${this.label}: a pooler stands in between, so this process cannot be told of news and looks every ${this.pollMs} ms`,
      );
    }
  }

  /** Rows of one statement, which is a transaction of its own. Rejects with DriverError. */
  readonly run: Run = async <T = Row>(statement: Statement, values: readonly unknown[] = []) => {
    if (!this.#opening) await this.open();
    else await this.#opening;
    if (statement.limitMs !== undefined) return this.transaction((run) => run<T>(statement, values));
    return this.withClient((client) => this.#send<T>(client, statement, values), statement.repeatable);
  };

  /** What `job` does is one transaction, done again when it gave way to another. Rejects with DriverError. */
  async transaction<T>(job: (run: Run) => Promise<T>): Promise<T> {
    if (!this.#opening) await this.open();
    else await this.#opening;
    return this.withClient(async (client) => {
      const limit = (ms: number) => this.#plain(client, `set local statement_timeout = ${Math.ceil(ms)}`);
      await this.#plain(client, 'begin');
      try {
        const answer = await job(async <R>(statement: Statement, values: readonly unknown[] = []) => {
          if (statement.limitMs !== undefined) await limit(statement.limitMs);
          return this.#send<R>(client, statement, values);
        });
        await this.#plain(client, 'commit');
        return answer;
      } catch (error) {
        if (leavesConnectionWhole(error) || error instanceof DriverError)
          await this.#plain(client, 'rollback');
        throw error;
      }
    });
  }

  /** Runs `job` with a connection, again where it gave way to another, or where it may be and the connection failed. */
  async withClient<T>(job: (client: PoolClient) => Promise<T>, again = false): Promise<T> {
    const deadline = Date.now() + this.options.timeoutMs;
    const pause = new Backoff({ baseMs: 10, maxMs: 200 });
    for (;;) {
      const connections = this.#connections;
      if (!connections) throw closedError(this.label);
      const client = await connections.acquire(deadline, () => this.#pooled);
      let failure: unknown;
      try {
        const answer = await job(client);
        client.release();
        return answer;
      } catch (error) {
        client.release(!leavesConnectionWhole(error) && !(error instanceof DriverError));
        failure = error;
      }
      const explained = explain(failure, this.label);
      const lost = again && explained.code === 'unavailable' && Date.now() < deadline;
      if (!lost && !(gaveWay(failure) && pause.attempts < ATTEMPTS)) throw explained;
      await pause.wait();
    }
  }

  /** The text of a statement, for this schema. */
  text(statement: Statement): string {
    let text = this.#texts.get(statement);
    if (text === undefined) {
      text = inSchema(this.#beside.rename?.(statement.text) ?? statement.text, this.options.schema);
      this.#texts.set(statement, text);
    }
    return text;
  }

  /** For good: calls after it reject with 'closed'. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.disconnect();
  }

  /** Until the next call needs it again. What was asked for is finished first. */
  async disconnect(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.announcer.finish();
    await this.listener.close();
    const connections = this.#connections;
    this.#connections = undefined;
    this.#opening = undefined;
    await connections?.close();
  }

  async #open(): Promise<void> {
    const { from, to } = await this.migrate();
    if (from < to) this.options.log('info', `${this.label}: its tables are now of version ${to}`);
  }

  async #send<T>(client: PoolClient, statement: Statement, values: readonly unknown[]): Promise<T[]> {
    const result = await client.query({
      ...(this.pooled ? {} : { name: statement.name }),
      text: this.text(statement),
      values: [...values],
      ...this.#within(statement.limitMs),
    });
    return result.rows as T[];
  }

  #plain(client: PoolClient, text: string): Promise<QueryResult> {
    return client.query({ text, ...this.#within() });
  }

  /** An answer that does not come ends the connection: nobody can tell what becomes of it. */
  #within(ms = this.options.timeoutMs): object {
    return { query_timeout: ms + GRACE_MS };
  }
}

export function closedError(label: string): DriverError {
  return new DriverError('closed', `${label} is closed`);
}
