import type { ResultRecord, ResultWatch } from '../src/index.ts';
import { batcher } from './batcher.ts';

/** How a driver hears of results. Calls never overlap. */
export interface ResultSource {
  /** Resolves once everything stored for these ids from now on will be handed to `Watchers.deliver`. */
  subscribe(taskIds: readonly string[]): Promise<void>;
  unsubscribe(taskIds: readonly string[]): Promise<void>;
  /** What is stored for these ids now. */
  current(taskIds: readonly string[]): Promise<Iterable<ResultRecord>>;
}

type OnRecord = (record: ResultRecord) => void;

/**
 * Who waits for which result: keeps the watches of one backend, asks its source for each id once however many
 * watch it, and gathers what many callers ask in one turn into one request.
 */
export class Watchers {
  readonly #source: ResultSource;
  readonly #wanted = new Map<string, Set<OnRecord>>();
  /** Ids that the source is known to hear. */
  readonly #heard = new Set<string>();
  /** Ids that it may hear: asked for, and not surely forgotten since. */
  readonly #asked = new Set<string>();
  /** Ids whose subscription may have to change. */
  #touched = new Set<string>();
  readonly #reconcile: (fetch: readonly string[]) => Promise<ReadonlyMap<string, ResultRecord>>;

  constructor(source: ResultSource) {
    this.#source = source;
    this.#reconcile = batcher(async (asked) => {
      await this.#adjust();
      const ids = [...new Set(asked.flat())];
      const found = ids.length > 0 ? await source.current(ids) : [];
      const byId = new Map([...found].map((record) => [record.taskId, record]));
      return asked.map(() => byId);
    });
  }

  /** Ids that somebody watches. */
  get watched(): ReadonlySet<string> {
    return new Set(this.#wanted.keys());
  }

  isWatched(taskId: string): boolean {
    return this.#wanted.has(taskId);
  }

  /** Hand a record that was just stored to everybody who watches its task. */
  deliver(record: ResultRecord): void {
    const here = this.#wanted.get(record.taskId);
    if (here) for (const onRecord of [...here]) onRecord(record);
  }

  /** After a connection was lost: subscribe to everything again and deliver what was stored meanwhile. */
  async refresh(): Promise<void> {
    for (const id of this.#asked) this.#touched.add(id);
    this.#heard.clear();
    const ids = [...this.#wanted.keys()];
    const found = await this.#reconcile(ids);
    for (const id of ids) {
      const record = found.get(id);
      if (record) this.deliver(record);
    }
  }

  watch(onRecord: OnRecord): ResultWatch {
    const mine = new Set<string>();
    // Its own identity: the same callback may watch twice.
    const tell: OnRecord = (record) => onRecord(record);
    const drop = async (taskIds: readonly string[]): Promise<void> => {
      const known = taskIds.filter((id) => mine.delete(id));
      for (const id of known) this.#unwant(id, tell);
      if (known.some((id) => !this.#wanted.has(id))) await this.#reconcile([]);
    };
    return {
      add: async (taskIds) => {
        const fresh = taskIds.filter((id) => !mine.has(id));
        for (const id of fresh) {
          mine.add(id);
          this.#want(id, tell);
        }
        if (fresh.length === 0) return;
        let found: ReadonlyMap<string, ResultRecord>;
        try {
          found = await this.#reconcile(fresh);
        } catch (error) {
          for (const id of fresh) if (mine.delete(id)) this.#unwant(id, tell);
          throw error;
        }
        for (const id of fresh) {
          const record = found.get(id);
          if (record && mine.has(id)) tell(record);
        }
      },
      drop,
      close: () => drop([...mine]),
    };
  }

  #want(id: string, tell: OnRecord): void {
    const here = this.#wanted.get(id);
    if (here) here.add(tell);
    else this.#wanted.set(id, new Set([tell]));
    this.#touched.add(id);
  }

  #unwant(id: string, tell: OnRecord): void {
    const here = this.#wanted.get(id);
    here?.delete(tell);
    if (here?.size === 0) this.#wanted.delete(id);
    this.#touched.add(id);
  }

  /** Bring what the source hears in line with what is wanted. */
  async #adjust(): Promise<void> {
    const touched = [...this.#touched];
    this.#touched = new Set();
    const toHear = touched.filter((id) => this.#wanted.has(id) && !this.#heard.has(id));
    const toForget = touched.filter((id) => !this.#wanted.has(id) && this.#asked.has(id));
    try {
      for (const id of toHear) this.#asked.add(id);
      if (toHear.length > 0) await this.#source.subscribe(toHear);
      for (const id of toHear) this.#heard.add(id);
      if (toForget.length > 0) await this.#source.unsubscribe(toForget);
      for (const id of toForget) {
        this.#heard.delete(id);
        this.#asked.delete(id);
      }
    } catch (error) {
      for (const id of touched) this.#touched.add(id);
      throw error;
    }
  }
}
