import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely';
import { openFile } from './open-file.ts';

/** Kysely's own SQLite dialect over node:sqlite, for a file that several processes write. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: () => Promise<SqliteDatabase>;

  /** @param path of the file, which is made with its folder when the first query needs it; `:memory:` for none */
  constructor(path: string) {
    const database = async () => openFile(path);
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new ImmediateDriver({ database: this.#database });
  }

  override createAdapter(): SqliteAdapter {
    return new Adapter();
  }
}

/**
 * A transaction takes the write lock when it begins. One that reads first and writes later would be refused at once (SQLITE_BUSY)
 * where another process wrote in between, however long it is ready to wait.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    settings?: TransactionSettings,
  ): Promise<void> {
    const how = settings?.accessMode === 'read only' ? 'begin' : 'begin immediate';
    await connection.executeQuery(CompiledQuery.raw(how));
  }
}

/** Migrations are one transaction, which keeps a second process that starts at the same moment waiting. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
