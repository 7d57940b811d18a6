import { statSync } from 'node:fs';
import type { Connection, Statement } from './node-sqlite.ts';

/** Pages of 4 KiB after which the write-ahead log is moved into the file: 16 MB. */
const LONG = 4000;
/** From here on writers are held off, for a moment, until it is done: 128 MB. */
const TOO_LONG = 8 * LONG;
const PAGE_BYTES = 4096;
/** How long that moment may be, in ms: the event loop stands still. */
const INSIST_MS = 50;
/** Commits between two looks. */
const LOOK_EVERY = 16;
/** The first SQLite whose `wal_checkpoint(noop)` counts and does nothing else; older ones take it for another. */
const COUNTING = [3, 51] as const;

/**
 * Keeps the write-ahead log short.
 *
 * SQLite's own way is to checkpoint after each commit beyond a threshold, without holding anybody off. One writer
 * is well served; but several that never pause append while one checkpoints, so the log is never wholly moved,
 * never begins anew, and from then on each commit of each process pays for a checkpoint with its two syncs.
 * We ask for the length of the log now and then, and checkpoint with the writers held off (`restart`).
 */
export class LogKeeper {
  readonly #connection: Connection;
  readonly #walPath: string;
  readonly #count: Statement | undefined;
  /** The first commit of a process looks: there may never be sixteen. */
  #untilLook = 1;

  constructor(connection: Connection, path: string) {
    this.#connection = connection;
    this.#walPath = `${path}-wal`;
    if (canCount(connection)) this.#count = connection.prepare('pragma wal_checkpoint(noop)');
    connection.exec(`
      pragma wal_autocheckpoint = ${this.#count ? 0 : LONG};
      pragma journal_size_limit = ${TOO_LONG * PAGE_BYTES}`);
  }

  /** After each commit. Throws what SQLite throws. */
  committed(): void {
    this.#untilLook -= 1;
    if (this.#untilLook > 0) return;
    this.#untilLook = LOOK_EVERY;
    if (this.#count) {
      const pages = Number(this.#count.get()?.['log']);
      if (pages >= TOO_LONG) this.#insist('restart');
      else if (pages >= LONG) this.#connection.exec('pragma wal_checkpoint(restart)');
    } else if (this.#bytes() >= TOO_LONG * PAGE_BYTES) this.#insist('truncate');
  }

  /** `truncate` where only the size of the file tells how long the log is. */
  #insist(how: 'restart' | 'truncate'): void {
    this.#connection.exec(`pragma busy_timeout = ${INSIST_MS}`);
    try {
      this.#connection.exec(`pragma wal_checkpoint(${how})`);
    } finally {
      this.#connection.exec('pragma busy_timeout = 0');
    }
  }

  #bytes(): number {
    return statSync(this.#walPath, { throwIfNoEntry: false })?.size ?? 0;
  }
}

function canCount(connection: Connection): boolean {
  const version = String(connection.prepare('select sqlite_version() as version').get()?.['version']);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > COUNTING[0] || (major === COUNTING[0] && minor >= COUNTING[1]);
}
