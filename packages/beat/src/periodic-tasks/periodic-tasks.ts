import { randomUUID } from 'node:crypto';
import { type App, type AsyncResult, ImproperlyConfigured, OperationalError } from '@lovage/app';
import { DriverError, type ScheduleStore, type StoredSchedule } from '@lovage/contracts';
import { isRescheduled } from '../entries/due-parts.ts';
import { type EntryForm, type EntryInput, formOf, readEntry, type StoredEntry } from '../entries/index.ts';
import { callOf } from '../ticker/call-of.ts';
import type { BeatStore } from '../ticker/options.ts';
import { changedEntry, type EntryChanges } from './changed-entry.ts';
import { PeriodicTaskChanged, PeriodicTaskExists, PeriodicTaskUnknown } from './errors.ts';
import { nextDates, type PeriodicTask, readPeriodicTask } from './periodic-task.ts';

export interface PeriodicTasksOptions {
  /** Default: `(await app.drivers()).periodic()`. */
  readonly store?: BeatStore;
}

interface Opened {
  readonly store: ScheduleStore;
  readonly form: EntryForm;
  readonly timezone: string;
}

/** A change that others made meanwhile is looked at again so often. */
const ATTEMPTS = 10;
const MOST_DATES = 1000;

/**
 * The entries of beat's store, to be looked at and changed while it runs: a beat that leads takes a change up within 5 s.
 * Everything rejects with OperationalError while the store is away.
 *
 * @example
 * await app.periodicTasks.create('nightly', { task: 'reports.build', schedule: crontab({ hour: 2 }) });
 * await app.periodicTasks.update('nightly', { schedule: crontab({ hour: 3 }) });
 */
export class PeriodicTasks {
  readonly #app: App;
  readonly #options: PeriodicTasksOptions;

  constructor(app: App, options: PeriodicTasksOptions = {}) {
    this.#app = app;
    this.#options = options;
  }

  /** All entries, by name; those too that cannot be read, with what is wrong. */
  list(): Promise<PeriodicTask[]> {
    return this.#with(async ({ store, form, timezone }) =>
      (await store.list()).map((row) => readPeriodicTask(row, form, timezone)),
    );
  }

  /** @throws PeriodicTaskUnknown naming the nearest that is there */
  get(name: string): Promise<PeriodicTask> {
    return this.#with((opened) => this.#look(opened, name));
  }

  /**
   * A new entry, which no code has.
   * @throws InvalidEntry listing all that is wrong with it
   * @throws PeriodicTaskExists
   */
  create(name: string, given: EntryInput): Promise<PeriodicTask> {
    const entry = readEntry(name, given);
    return this.#with(async (opened) => {
      const { store, form } = opened;
      const definition = form.encode(entry, { origin: 'runtime', key: randomUUID() });
      const { enabled } = entry;
      const [made] = await store.put([{ name, definition, enabled, since: Date.now(), replaces: null }]);
      if (!made) throw new PeriodicTaskExists(name);
      return this.#look(opened, name);
    });
  }

  /**
   * Replaces parts of an entry, each as a whole; null puts one back to its default. With another schedule its due times
   * count from now. What the code has of it is taken over again only when the code changes.
   * @param options `version`: change it only if it is still this one
   * @throws PeriodicTaskUnknown, PeriodicTaskChanged, InvalidEntry
   */
  update(
    name: string,
    changes: EntryChanges,
    options: { readonly version?: string } = {},
  ): Promise<PeriodicTask> {
    return this.#change(name, options.version, (row, stored) => {
      const entry = changedEntry(stored.entry, changes);
      const anew = isRescheduled(stored.entry, entry) || (entry.enabled && !row.enabled);
      return { ...stored, entry, since: anew ? Date.now() : row.since };
    });
  }

  /** It runs again, from now on: what would have been due while it was disabled is not made up for. @throws PeriodicTaskUnknown */
  enable(name: string): Promise<PeriodicTask> {
    return this.update(name, { enabled: true });
  }

  /** It does not run any more. Also at the next start of a beat, as long as the code does not say something new. @throws PeriodicTaskUnknown */
  disable(name: string): Promise<PeriodicTask> {
    return this.update(name, { enabled: false });
  }

  /**
   * Removes an entry. One that the code has comes back with the next start of a beat: disable it instead.
   * @throws PeriodicTaskUnknown
   */
  delete(name: string): Promise<void> {
    return this.#with(async (opened) => {
      const [removed] = await opened.store.remove([name]);
      if (!removed) throw await unknown(opened, name);
    });
  }

  /**
   * Sends the entry's task now, whether it is enabled or not. Its due times stay what they are.
   * @throws PeriodicTaskUnknown, and what the call of the task throws
   */
  async runNow(name: string): Promise<AsyncResult> {
    const { entry } = await this.#with((opened) => read(opened, name));
    const { task, args, options } = callOf(entry);
    return this.#app.sendTask(task as string, { ...options, ...(args ? { args } : {}) });
  }

  /**
   * Its next due times, from now on; of one that is disabled, as if it were enabled now.
   * @param count 1 to 1000
   * @throws PeriodicTaskUnknown
   */
  next(name: string, count = 10): Promise<Date[]> {
    if (!Number.isInteger(count) || count < 1 || count > MOST_DATES)
      throw new RangeError(`count must be a whole number from 1 to ${MOST_DATES}, not ${count}`);
    return this.#with(async (opened) => {
      const { row, ...stored } = await read(opened, name);
      return nextDates(row, stored, { timezone: opened.timezone, now: Date.now(), count });
    });
  }

  /** Removes what has vanished from the code. Answers the names. */
  prune(): Promise<string[]> {
    return this.#with(async ({ store, form, timezone }) => {
      const rows = await store.list();
      const gone = rows
        .filter((row) => readPeriodicTask(row, form, timezone).vanished)
        .map(({ name }) => name);
      if (gone.length === 0) return [];
      const removed = await store.remove(gone);
      return gone.filter((_, index) => removed[index]);
    });
  }

  async #look(opened: Opened, name: string): Promise<PeriodicTask> {
    const row = await opened.store.get(name);
    if (!row) throw await unknown(opened, name);
    return readPeriodicTask(row, opened.form, opened.timezone);
  }

  #change(
    name: string,
    version: string | undefined,
    change: (row: StoredSchedule, stored: StoredEntry) => StoredEntry & { readonly since: number },
  ): Promise<PeriodicTask> {
    return this.#with(async (opened) => {
      const { store, form } = opened;
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { row, ...stored } = await read(opened, name);
        if (version !== undefined && row.version !== version) break;
        const { entry, since, ...provenance } = change(row, stored);
        const definition = form.encode(entry, provenance);
        const { enabled } = entry;
        const [put] = await store.put([{ name, definition, enabled, since, replaces: row.version }]);
        if (put) return this.#look(opened, name);
      }
      throw new PeriodicTaskChanged(name);
    });
  }

  async #with<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    const { timezone } = this.#app.conf;
    const { schedules: store, label } = this.#options.store ?? (await (await this.#app.drivers()).periodic());
    try {
      return await work({ store, form: formOf(store.traits, timezone), timezone });
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new OperationalError(`the store of periodic tasks ${label} did not answer: ${error.message}`, {
        cause: error,
      });
    }
  }
}

/** @throws PeriodicTaskUnknown, and ImproperlyConfigured for one that cannot be read: it can only be deleted */
async function read(opened: Opened, name: string): Promise<StoredEntry & { readonly row: StoredSchedule }> {
  const row = await opened.store.get(name);
  if (!row) throw await unknown(opened, name);
  try {
    return { ...opened.form.decode(name, row.definition, row.enabled), row };
  } catch (error) {
    throw new ImproperlyConfigured((error as Error).message, { cause: error });
  }
}

async function unknown({ store }: Opened, name: string): Promise<PeriodicTaskUnknown> {
  return new PeriodicTaskUnknown(
    name,
    (await store.list()).map((row) => row.name),
  );
}
