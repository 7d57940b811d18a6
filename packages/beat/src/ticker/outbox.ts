import type { App } from '@lovage/app';
import type { ScheduleStore } from '@lovage/contracts';
import type { Term } from './lease.ts';

/** So many at once. */
const BATCH = 500;

/**
 * Runs that are claimed and not yet sent, where the broker is another service than the store. What is sent is forgotten
 * afterwards: a leader that dies in between has it sent again by the next, under the same id.
 */
export class Outbox {
  readonly #app: App;
  readonly #store: ScheduleStore;

  constructor(app: App, store: ScheduleStore) {
    this.#app = app;
    this.#store = store;
  }

  /**
   * Sends all that is kept, while the term holds. True when nothing is left.
   * @throws OperationalError while the broker is away, DriverError while the store is
   */
  async flush(term: Term): Promise<boolean> {
    const { publisher } = await this.#app.open();
    for (;;) {
      const kept = await this.#store.kept(BATCH);
      if (kept.length === 0) return true;
      if (!term.holds()) return false;
      await publisher.publish(
        kept.map(({ message }) => message),
        { retry: false },
      );
      await this.#store.forget(kept.map(({ id }) => id));
    }
  }
}
