import {
  DriverError,
  type ResultBackend,
  type ResultRecord,
  type ResultTraits,
  type ResultWatch,
} from '@lovage/contracts';
import { Watchers } from '@lovage/contracts/kit';
import type { Connection } from '../connection/connection.ts';
import type { Subscriptions } from '../connection/subscriptions.ts';
import { RedisChords } from './chords.ts';
import { RedisGroups } from './groups.ts';
import type { ResultKeys } from './keys.ts';
import { STORE } from './lua/keep.ts';
import { readRecord } from './record.ts';
import { storeArguments } from './store-arguments.ts';

/** Most keys in one command. */
const PART = 1_000;
/** Between attempts to learn what was missed. */
const RESUME_MS = 500;

export interface ResultParts {
  readonly connection: Connection;
  readonly subscriptions: Subscriptions;
  readonly keys: ResultKeys;
  readonly log: (level: 'warn', message: string) => void;
  readonly onClose: () => void;
}

/** Results in the keys of Celery's Redis backend. Every change is published, so waiting is not polling. */
export class RedisResults implements ResultBackend {
  readonly traits: ResultTraits = { shared: true, durable: true };
  readonly replyTo = undefined;
  readonly chords: RedisChords;
  readonly groups: RedisGroups;
  readonly #parts: ResultParts;
  readonly #watchers: Watchers;
  #closed = false;

  constructor(parts: ResultParts) {
    const { connection, subscriptions, keys } = parts;
    this.#parts = parts;
    this.chords = new RedisChords(connection, keys);
    this.groups = new RedisGroups(connection, keys);
    this.#watchers = new Watchers({
      subscribe: (ids) =>
        subscriptions.subscribe(
          'channel',
          ids.map((id) => keys.task(id)),
          this.#hear,
        ),
      unsubscribe: (ids) =>
        subscriptions.unsubscribe(
          'channel',
          ids.map((id) => keys.task(id)),
        ),
      current: async (ids) => (await this.fetch(ids)).values(),
    });
    subscriptions.onResume(() => void this.#resume());
  }

  async store(records: readonly ResultRecord[]): Promise<void> {
    this.#refuseAfterClose();
    for (const part of split(records)) {
      const keys = part.map(({ taskId }) => this.#parts.keys.task(taskId));
      await STORE.run(this.#parts.connection, keys, storeArguments(part), { repeatable: true });
    }
  }

  async fetch(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultRecord>> {
    this.#refuseAfterClose();
    const found = new Map<string, ResultRecord>();
    for (const part of split(taskIds)) {
      const keys = part.map((id) => this.#parts.keys.task(id));
      const documents = await this.#parts.connection.send(['MGET', ...keys], {
        buffers: true,
        repeatable: true,
      });
      part.forEach((id, i) => {
        const document = (documents as readonly (Buffer | null)[])[i];
        if (document) found.set(id, readRecord(id, document));
      });
    }
    return found;
  }

  async watch(onRecord: (record: ResultRecord) => void): Promise<ResultWatch> {
    this.#refuseAfterClose();
    return this.#watchers.watch(onRecord);
  }

  async forget(taskIds: readonly string[]): Promise<void> {
    this.#refuseAfterClose();
    for (const part of split(taskIds)) {
      await this.#parts.connection.send(['DEL', ...part.map((id) => this.#parts.keys.task(id))], {
        repeatable: true,
      });
    }
  }

  /** Redis expires them by itself. */
  async sweep(): Promise<number> {
    this.#refuseAfterClose();
    return 0;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const channels = [...this.#watchers.watched].map((id) => this.#parts.keys.task(id));
    await this.#parts.subscriptions.unsubscribe('channel', channels);
    this.#parts.onClose();
  }

  readonly #hear = (message: Buffer, channel: Buffer): void => {
    const taskId = this.#parts.keys.taskId(channel.toString());
    try {
      this.#watchers.deliver(readRecord(taskId, message));
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      this.#parts.log('warn', error.message);
    }
  };

  /** What became final while nobody listened is read; until that has succeeded there may be someone waiting in vain. */
  async #resume(): Promise<void> {
    while (!this.#closed && this.#watchers.watched.size > 0) {
      try {
        return await this.#watchers.refresh();
      } catch (error) {
        this.#parts.log(
          'warn',
          `results stored while the connection was down could not be read yet: ${error}`,
        );
        await new Promise((resolve) => setTimeout(resolve, RESUME_MS));
      }
    }
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this result backend has been closed');
  }
}

function split<T>(all: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < all.length; at += PART) parts.push(all.slice(at, at + PART));
  return parts;
}
