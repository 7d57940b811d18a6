import { DriverError } from '@lovage/contracts';
import { Database, type Run, type Session } from '@lovage/postgres/kit';

/** Tables that must be there, before a role is used. */
export interface Needed {
  /** Looks for them, or makes them. Rejects with DriverError, which says what to do. */
  prepare(database: Database): Promise<void>;
}

/**
 * A database whose tables are Python's. Roles need some of them, which are looked for when one is first used. Our own are
 * made when something first needs them, so that whoever keeps or reads results only needs no right to make any.
 */
export class PythonDatabase extends Database {
  readonly #found = new Map<Needed, Promise<void>>();
  #ours: Promise<unknown> | undefined;
  #over = false;

  /** Connects. Rejects with DriverError. */
  override open(): Promise<void> {
    if (this.#over) return Promise.reject(new DriverError('closed', `${this.label} is closed`));
    return this.connect();
  }

  /** Connects, and finds these tables. Rejects with DriverError. */
  async find(tables: Needed): Promise<void> {
    await this.open();
    let found = this.#found.get(tables);
    if (!found) {
      found = tables.prepare(this);
      this.#found.set(tables, found);
      // The next call may fare better.
      found.catch(() => this.#found.delete(tables));
    }
    await found;
  }

  /** The same calls, after these tables were found. */
  withTables(session: Session, tables: Needed): Session {
    return after(session, () => this.find(tables));
  }

  /** The same calls, after our own tables were brought up to date. */
  withOurTables(session: Session): Session {
    return after(session, async () => {
      this.#ours ??= this.#bringUpToDate().catch((error: unknown) => {
        this.#ours = undefined;
        throw error;
      });
      await this.#ours;
    });
  }

  override async disconnect(): Promise<void> {
    await Promise.allSettled(this.#found.values());
    await super.disconnect();
    this.#found.clear();
  }

  override async close(): Promise<void> {
    this.#over = true;
    await super.close();
  }

  async #bringUpToDate(): Promise<void> {
    const { from, to } = await this.migrate();
    const { log, schema } = this.options;
    if (from < to) log('info', `${this.label}: schema ${schema} is now of version ${to}`);
  }
}

/** A session that is opened with something more. */
function after(session: Session, more: () => Promise<void>): Session {
  const open = async (): Promise<void> => {
    await session.open();
    await more();
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
