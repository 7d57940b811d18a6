import type { ResultRecord, ResultWatch } from '@lovage/contracts';
import { Watchers } from '@lovage/contracts/kit';
import type { Session } from '../database/session.ts';
import { idKey } from '../ids.ts';
import { TOPIC, wordOf } from './news.ts';

/** Ids looked for at a time. */
const BATCH = 2000;

type Fetch = (taskIds: readonly string[]) => Promise<readonly ResultRecord[]>;

/** Hears of results by their words, and looks from time to time, since words may get lost, or not be heard at all. */
export class ResultFeed {
  readonly #database: Session;
  readonly #fetch: Fetch;
  readonly #watchers: Watchers;
  /** Ids with at least one watch, by their word. */
  readonly #byWord = new Map<string, Set<string>>();
  /** What the looks have told of ids that are watched, so as not to tell it again. */
  readonly #told = new Map<string, Uint8Array>();
  readonly #news = new Set<string>();
  #looking: Promise<void> | undefined;
  #listening: Promise<() => void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Watched ids that this round of looks has not come to. */
  #round: string[] = [];

  constructor(database: Session, fetch: Fetch) {
    this.#database = database;
    this.#fetch = fetch;
    this.#watchers = new Watchers({
      subscribe: async (taskIds) => {
        await this.#listen();
        for (const id of taskIds) this.#remember(id);
      },
      unsubscribe: async (taskIds) => {
        for (const id of taskIds) this.#forget(id);
        if (this.#byWord.size === 0) await this.#rest();
      },
      current: fetch,
    });
  }

  watch(onRecord: (record: ResultRecord) => void): ResultWatch {
    return this.#watchers.watch(onRecord);
  }

  async close(): Promise<void> {
    this.#byWord.clear();
    await this.#rest();
  }

  #listen(): Promise<() => void> {
    this.#listening ??= this.#database.listener
      .listen(this.#database.channel(TOPIC), {
        hear: (payload) => {
          for (const word of payload.split(' '))
            for (const id of this.#byWord.get(word) ?? []) this.#news.add(id);
          if (this.#news.size > 0) this.#look();
        },
        missed: () => void this.#watchers.refresh().catch(() => {}), // The next look will tell.
      })
      .then((stop) => {
        this.#timer = setInterval(() => this.#lookAround(), this.#database.pollMs);
        return stop;
      })
      .catch((error: unknown) => {
        this.#listening = undefined;
        throw error;
      });
    return this.#listening;
  }

  async #rest(): Promise<void> {
    clearInterval(this.#timer);
    const listening = this.#listening;
    this.#listening = undefined;
    this.#round = [];
    (await listening?.catch(() => undefined))?.();
  }

  #remember(id: string): void {
    const word = wordOf(idKey(id));
    const here = this.#byWord.get(word);
    if (here) here.add(id);
    else this.#byWord.set(word, new Set([id]));
  }

  #forget(id: string): void {
    const word = wordOf(idKey(id));
    const here = this.#byWord.get(word);
    here?.delete(id);
    if (here?.size === 0) this.#byWord.delete(word);
    this.#told.delete(id);
  }

  /** Some of the watched ids, others the next time. */
  #lookAround(): void {
    if (this.#looking) return;
    if (this.#round.length === 0) this.#round = [...this.#watchers.watched];
    for (const id of this.#round.splice(0, BATCH)) this.#news.add(id);
    this.#look();
  }

  #look(): void {
    this.#looking ??= this.#readNews()
      .catch((error: Error) =>
        this.#database.options.log('debug', `results could not be read: ${error.message}`),
      )
      .finally(() => {
        this.#looking = undefined;
        if (this.#news.size > 0 && this.#listening) this.#look();
      });
  }

  async #readNews(): Promise<void> {
    const ids = [...this.#news].filter((id) => this.#watchers.isWatched(id)).slice(0, BATCH);
    if (ids.length === 0) this.#news.clear();
    for (const id of ids) this.#news.delete(id);
    if (ids.length === 0) return;
    for (const record of await this.#fetch(ids)) {
      const told = this.#told.get(record.taskId);
      if (told && Buffer.compare(told, record.payload) === 0) continue;
      if (this.#watchers.isWatched(record.taskId)) this.#told.set(record.taskId, record.payload);
      this.#watchers.deliver(record);
    }
  }
}
