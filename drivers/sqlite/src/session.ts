import { closedError, type Database } from './database.ts';

/** One role's use of the database: the same calls, until the role is closed. */
export type Session = Pick<
  Database,
  'changes' | 'close' | 'open' | 'options' | 'read' | 'statement' | 'touch' | 'write'
>;

/** Counts the roles at work, and lets go of the file with the last, so that closing what one has used is enough. */
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
        this.#open.has(session) ? call(...args) : Promise.reject(closedError(database.path));
    };
    const session: Session = {
      changes: database.changes,
      options: database.options,
      statement: (sql) => database.statement(sql),
      touch: (topic) => database.touch(topic),
      open: whileOpen(() => database.open()),
      read: whileOpen((job) => database.read(job)) as Database['read'],
      write: whileOpen((job) => database.write(job)) as Database['write'],
      close: async () => {
        if (this.#open.delete(session) && this.#open.size === 0) await database.disconnect();
      },
    };
    this.#open.add(session);
    return session;
  }
}
