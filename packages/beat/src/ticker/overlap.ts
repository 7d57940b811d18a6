import type { App, Logger } from '@lovage/app';
import type { ResultBackend } from '@lovage/contracts';
import type { Item } from './roster.ts';
import { runId } from './run-id.ts';

/** Where results are kept for ever, a run of which nothing is known is believed to go on for so long. */
const LONGEST_RUN_MS = 86_400_000;

export interface OverlapOptions {
  readonly app: App;
  readonly results: ResultBackend | undefined;
  readonly log: Logger;
}

/** Finds out whether the last runs of entries have ended, by their results. */
export class Overlap {
  readonly #options: OverlapOptions;
  /** Undefined where nobody but the caller of a task hears of its end: beats come and go. */
  readonly #results: ResultBackend | undefined;
  readonly #told = new Set<string>();

  constructor(options: OverlapOptions) {
    this.#options = options;
    this.#results = options.results?.replyTo === undefined ? options.results : undefined;
  }

  /**
   * Those of the items whose last run has not ended; all must have had one. A run that has no result yet waits, or runs;
   * but a result that would have expired by now says nothing.
   * @throws DriverError while the result store is away
   */
  async running(items: readonly Item[], now: number): Promise<ReadonlySet<Item>> {
    if (!this.#results) {
      for (const item of items) this.#cannotAsk(item);
      return new Set();
    }
    const records = await this.#results.fetch(items.map(lastRunId));
    const keptMs = (this.#options.app.conf.resultExpires ?? 0) * 1000 || LONGEST_RUN_MS;
    const goesOn = (item: Item): boolean => {
      const record = records.get(lastRunId(item));
      return record ? !record.final : now - item.lastSent! < keptMs;
    };
    return new Set(items.filter(goesOn));
  }

  /** Ends the last run of an item. One that cannot be reached goes on beside the new one: the due time is not lost for it. */
  async end(item: Item): Promise<void> {
    const { app, log } = this.#options;
    const id = lastRunId(item);
    try {
      await app.control.revoke(id, { terminate: true });
      log.info(`beat: ${item.name}: its last run ${id} has not ended, and is revoked`);
    } catch (error) {
      const why = (error as Error).message;
      log.warn(`beat: ${item.name}: its last run ${id} has not ended, and cannot be revoked: ${why}`);
    }
  }

  #cannotAsk({ name, version, entry }: Item): void {
    const key = `${name}\n${version}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.log.error(
      `beat: ${name}: overlap is '${entry.overlap}', but whether a run has ended only a result backend that all can ` +
        'read would know; its runs may overlap',
    );
  }
}

export const lastRunId = (item: Pick<Item, 'key' | 'lastSent'>): string => runId(item.key, item.lastSent!);
