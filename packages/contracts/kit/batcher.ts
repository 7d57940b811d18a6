export interface BatcherOptions {
  /** The most items of one batch. Default: no limit. */
  readonly maxItems?: number;
  /** The most batches under way at once. Default 1: what arrives meanwhile gathers for the next. */
  readonly concurrency?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Turns many single calls into few calls with many items. Calls made in one turn of the event loop go together,
 * and so do those made while a batch is under way: idle adds no delay, load makes batches.
 *
 * @param run answers one result per item, in order; when it rejects, every call of the batch does
 */
export function batcher<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { maxItems = Infinity, concurrency = 1 }: BatcherOptions = {},
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let running = 0;
  let scheduled = false;

  async function runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    running += 1;
    try {
      const results = await run(batch.map((each) => each.item));
      if (results.length !== batch.length)
        throw new Error(`a batch of ${batch.length} was answered with ${results.length} results`);
      batch.forEach((each, i) => {
        each.resolve(results[i] as Result);
      });
    } catch (error) {
      for (const each of batch) each.reject(error);
    } finally {
      running -= 1;
      flush();
    }
  }

  function flush(): void {
    while (waiting.length > 0 && running < concurrency) {
      const batch = waiting.slice(0, maxItems);
      waiting = waiting.slice(batch.length);
      void runBatch(batch);
    }
  }

  /** After the promises of this turn, so that callers woken together batch together. */
  function schedule(): void {
    if (scheduled || running >= concurrency) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush();
    });
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
}
