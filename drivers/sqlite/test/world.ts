import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver, DriverOptions } from '@lovage/contracts';
import { driver } from '@lovage/sqlite';
import { connect } from '../src/node-sqlite.ts';

export type SqliteDriver = Required<Driver>;

/** A folder of its own, and the drivers that were opened on its file. */
export class World {
  readonly path: string;
  readonly url: string;
  readonly #folder: string;
  readonly #drivers: SqliteDriver[] = [];

  static async create(): Promise<World> {
    return new World(await mkdtemp(join(tmpdir(), 'lovage-sqlite-')));
  }

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'kept', 'lovage.db');
    this.url = `sqlite:///${this.path}`;
  }

  /** A connection of its own: to SQLite, what another process would be. */
  open(query = '', options: DriverOptions = {}): SqliteDriver {
    const made = driver.create(this.url + query, options) as SqliteDriver;
    this.#drivers.push(made);
    return made;
  }

  /** A look at the file past the driver, or a hand laid on it. */
  query(sql: string): Record<string, unknown>[] {
    const connection = connect(this.path);
    try {
      return connection
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    } finally {
      connection.close();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#drivers.map((each) => each.close()));
    await rm(this.#folder, { recursive: true });
  }
}
