import { DriverError } from '@lovage/contracts';
import { type Beside, type Configured, Database, type Run, type Session } from '@lovage/postgres/kit';

/** What must be there before anything is done. */
export interface Prepared {
  /** Rejects with DriverError 'refused', which says what to do. */
  prepare(database: Database): Promise<void>;
}

/**
 * A database whose tables are Python's. To use it needs those; our own are made when something first needs them, so that
 * whoever keeps or reads results only needs no right to make any.
 */
export class PythonDatabase extends Database {
  readonly #tables: Prepared;
  #ready: Promise<void> | undefined;
  #ours: Promise<unknown> | undefined;
  #over = false;

  constructor(configured: Configured, label: string, tables: Prepared, beside: Beside = {}) {
    super(configured, label, beside);
    this.#tables = tables;
  }

  /** Connects, and finds Python's tables. Rejects with DriverError. */
  override open(): Promise<void> {
    if (this.#over) return Promise.reject(new DriverError('closed', `${this.label} is closed`));
    this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = undefined; // The next call may fare better.
      throw error;
    });
    return this.#ready;
  }

  /** The same calls, after our own tables were brought up to date. */
  withOurTables(session: Session): Session {
    const open = async (): Promise<void> => {
      await session.open();
      this.#ours ??= this.#bringUpToDate().catch((error: unknown) => {
        this.#ours = undefined;
        throw error;
      });
      await this.#ours;
    };
    const run: Run = async (...args) => {
      await open();
      return session.run(...args);
    };
    const transaction: Session['transaction'] = async (job) => {
      await open();
      return session.transaction(job);
    };
    return Object.create(session, {
      open: { value: open },
      run: { value: run },
      transaction: { value: transaction },
    }) as Session;
  }

  override async disconnect(): Promise<void> {
    await this.#ready?.catch(() => {});
    await super.disconnect();
    this.#ready = undefined;
  }

  override async close(): Promise<void> {
    this.#over = true;
    await super.close();
  }

  async #prepare(): Promise<void> {
    await this.connect();
    await this.#tables.prepare(this);
  }

  async #bringUpToDate(): Promise<void> {
    const { from, to } = await this.migrate();
    const { log, schema } = this.options;
    if (from < to) log('info', `${this.label}: schema ${schema} is now of version ${to}`);
  }
}
