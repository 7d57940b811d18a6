import { setImmediate as breath } from 'node:timers/promises';
import type { Logger } from '@lovage/app';
import type { StoredSchedule } from '@lovage/contracts';
import { Heap } from '@lovage/contracts/kit';
import { zoned } from '../entries/due-parts.ts';
import type { Entry, EntryForm, StoredEntry } from '../entries/index.ts';
import { nextDue } from './due-times.ts';

/** An entry that may be due one day, and what the store has of its runs. */
export interface Item {
  readonly name: string;
  /** Of its definition. */
  readonly version: string;
  /** With the app's zone, where it names none. */
  readonly entry: Entry;
  /** What ids of its runs are made of. */
  readonly key: string;
  readonly since: number;
  lastRun: number | undefined;
  lastSent: number | undefined;
  /** Epoch ms: not to be looked at before. Infinity: never. */
  wakeAt: number;
  /** Somebody else changed it, or claimed what was due: nothing is known until it is listed again. */
  lost: boolean;
}

export interface RosterOptions {
  readonly form: EntryForm;
  /** The app's. */
  readonly timezone: string;
  readonly log: Logger;
  /** Run these alone, as they are here, whatever the store says of them. */
  readonly only?: ReadonlyMap<string, Entry> | undefined;
}

/** Between two breaths of the event loop so many definitions are read. */
const AT_ONCE = 500;

/** How long something is left alone that changed for others, but not for us. */
const LEFT_ALONE_MS = 30_000;

/** The entries of the store, read once per version, and in the order in which they are due. */
export class Roster {
  readonly #options: RosterOptions;
  /** Undefined for a version that cannot run: unreadable, vanished or not ours. */
  #known = new Map<string, { readonly version: string; readonly item: Item | undefined }>();
  #waiting = new Heap<Item>((a, b) => a.wakeAt < b.wakeAt);
  #unreadable = new Set<string>();

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Entries in the store, whether they run or not. */
  get size(): number {
    return this.#known.size;
  }

  /** Entries that cannot be read. */
  get unreadable(): number {
    return this.#unreadable.size;
  }

  /** Epoch ms of the first that is to be looked at; Infinity: none. */
  get next(): number {
    return this.#waiting.least?.wakeAt ?? Infinity;
  }

  /** Takes over what the store has. */
  async load(rows: readonly StoredSchedule[], now: number): Promise<void> {
    const before = this.#known;
    const known: typeof before = new Map();
    const waiting = new Heap<Item>((a, b) => a.wakeAt < b.wakeAt);
    const unreadable = new Set<string>();
    let read = 0;
    let ahead = 0;
    for (const row of rows) {
      let each = before.get(row.name);
      if (each?.version === row.version) {
        if (this.#unreadable.has(row.name)) unreadable.add(row.name);
        if (each.item) this.#refresh(each.item, row, now);
      } else {
        if (++read % AT_ONCE === 0) await breath();
        each = { version: row.version, item: this.#read(row, unreadable) };
      }
      known.set(row.name, each);
      if (each.item && each.item.wakeAt < Infinity) waiting.push(each.item);
      if ((row.lastRun ?? 0) > now + 60_000) ahead += 1;
    }
    this.#known = known;
    this.#waiting = waiting;
    this.#unreadable = unreadable;
    if (ahead > 0)
      this.#options.log.warn(
        `beat: ${ahead} entries ran last in the future, by this clock, and are not due before that: was a clock wrong?`,
      );
  }

  /** What was lost was not because of the entries. */
  forgive(): void {
    for (const { item } of this.#known.values()) if (item) item.lost = false;
  }

  /** Takes out at most so many that are to be looked at by now. */
  take(now: number, most: number): Item[] {
    const taken: Item[] = [];
    while (taken.length < most && this.next <= now) taken.push(this.#waiting.pop()!);
    return taken;
  }

  /** Puts one back, to be looked at when it is due next, but not before `notBefore`. */
  putBack(item: Item, notBefore = -Infinity): void {
    item.wakeAt = Math.max(wakeOf(item.entry, item), notBefore);
    if (item.wakeAt < Infinity) this.#waiting.push(item);
  }

  #read(row: StoredSchedule, unreadable: Set<string>): Item | undefined {
    const { form, log } = this.#options;
    let stored: StoredEntry;
    try {
      stored = form.decode(row.name, row.definition, row.enabled);
    } catch (error) {
      unreadable.add(row.name);
      log.error(`beat: ${(error as Error).message}; it does not run until that is put right`);
      return undefined;
    }
    return row.enabled ? this.#item(row, stored) : undefined;
  }

  #item(row: StoredSchedule, { entry: kept, key, vanished }: StoredEntry): Item | undefined {
    const { only, timezone } = this.#options;
    const written = only ? only.get(row.name) : kept;
    if (!written || (vanished && !only)) return undefined;
    const { name, version, since, lastRun, lastSent } = row;
    const entry = zoned(written, timezone);
    const item = { name, version, entry, key: key ?? name, since, lastRun, lastSent, lost: false };
    return { ...item, wakeAt: wakeOf(entry, item) };
  }

  #refresh(item: Item, { lastRun, lastSent }: StoredSchedule, now: number): void {
    const same = item.lastRun === lastRun;
    item.lastRun = lastRun;
    item.lastSent = lastSent;
    item.wakeAt = wakeOf(item.entry, item);
    if (item.lost && same && item.wakeAt <= now) {
      const { log } = this.#options;
      log.warn(`beat: the store does not let ${item.name} be claimed, though nothing of it has changed`);
      item.wakeAt = now + LEFT_ALONE_MS;
    }
    item.lost = false;
  }
}

/** When it is due, or expires: also then there is something to do, for it is disabled. */
function wakeOf(entry: Entry, state: Pick<Item, 'since' | 'lastRun'>): number {
  const due = nextDue(entry, state) ?? Infinity;
  return Math.min(due, entry.expires?.getTime() ?? Infinity);
}
