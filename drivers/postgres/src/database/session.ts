import { closedError, type Database } from './database.ts';

/** One role's use of the database: the same calls, until the role is closed. */
export type Session = Pick<
  Database,
  | 'announcer'
  | 'channel'
  | 'close'
  | 'label'
  | 'listener'
  | 'open'
  | 'options'
  | 'run'
  | 'text'
  | 'transaction'
> & { readonly pooled: boolean; readonly pollMs: number };

/** Counts the roles at work, and lets go of the connections with the last, so that closing what one has used is enough. */
export class Sessions {
  readonly #database: Database;
  readonly #open = new Set<Session>();

  constructor(database: Database) {
    this.#database = database;
  }

  begin(): Session {
    const database = this.#database;
    const whileOpen = <Args extends unknown[], T>(
      call: (...args: Args) => Promise<T>,
    ): ((...args: Args) => Promise<T>) => {
      return (...args) =>
        this.#open.has(session) ? call(...args) : Promise.reject(closedError(database.label));
    };
    const session: Session = {
      announcer: database.announcer,
      listener: database.listener,
      options: database.options,
      label: database.label,
      get pooled() {
        return database.pooled;
      },
      get pollMs() {
        return database.pollMs;
      },
      channel: (topic) => database.channel(topic),
      text: (statement) => database.text(statement),
      open: whileOpen(() => database.open()),
      run: whileOpen((statement, values) => database.run(statement, values)) as Database['run'],
      transaction: whileOpen((job) => database.transaction(job)) as Database['transaction'],
      close: async () => {
        if (this.#open.delete(session) && this.#open.size === 0) await database.disconnect();
      },
    };
    this.#open.add(session);
    return session;
  }
}
