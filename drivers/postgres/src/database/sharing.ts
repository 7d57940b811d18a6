import { DriverError } from '@lovage/contracts';
import { type BatcherOptions, batcher } from '@lovage/contracts/kit';

type Settled<Result> = { readonly answer: Result } | { readonly error: unknown };

/**
 * Calls made in one turn of the event loop, or while others are under way, become one transaction. Where that is
 * refused, each is tried alone: one bad row must not fail its neighbours.
 */
export function sharing<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  options: BatcherOptions,
): (item: Item) => Promise<Result> {
  const together = batcher<Item, Settled<Result>>(async (items) => {
    try {
      return (await run(items)).map((answer) => ({ answer }));
    } catch (error) {
      if (items.length === 1 || !(error instanceof DriverError) || error.code !== 'refused') throw error;
      const alone = await Promise.allSettled(items.map((item) => run([item])));
      return alone.map((each) =>
        each.status === 'fulfilled' ? { answer: each.value[0]! } : { error: each.reason },
      );
    }
  }, options);
  return async (item) => {
    const settled = await together(item);
    if ('error' in settled) throw settled.error;
    return settled.answer;
  };
}
