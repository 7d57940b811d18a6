import type { Slot } from './slot.ts';
import type { Ticket } from './ticket.ts';

/** The most a child holds behind its job. */
const HANDED = 3;
/** It is given more when it holds no more than this: several in one message. */
const FEW = 1;
/** What runs longer is not waited for: the jobs behind it are taken back, and go to whichever slot is free first. */
const BRISK_MS = 5;

/**
 * The jobs that have not begun, and whose turn it is.
 *
 * A free slot gets the oldest at once. The rest is handed over ahead to children whose jobs are short, as far as one
 * can see, so that they need not wait for this process between two jobs.
 */
export class Turns {
  readonly #slots: ReadonlySet<Slot>;
  readonly #handsOver: () => boolean;
  /** Those that can take a job. The last one is taken first: its caches are warm. */
  #idle: Slot[] = [];
  /** Not handed over, oldest first. */
  #queue: Ticket[] = [];
  #dealing = false;
  #watch: NodeJS.Timeout | undefined;

  /** @param handsOver Whether jobs may be handed over ahead now: slots that are to go must fall idle. */
  constructor(slots: ReadonlySet<Slot>, handsOver: () => boolean) {
    this.#slots = slots;
    this.#handsOver = handsOver;
  }

  get idle(): number {
    return this.#idle.length;
  }

  /** Jobs that have not begun, handed over or not. */
  get waiting(): number {
    let count = this.#queue.length;
    for (const slot of this.#slots) count += slot.ahead.length;
    return count;
  }

  add(ticket: Ticket): void {
    const slot = this.#queue.length === 0 ? this.#idle.pop() : undefined;
    if (slot) slot.run(ticket);
    else this.#queue.push(ticket);
    this.dealSoon();
  }

  /** Before all others: they have waited already. */
  putBack(tickets: readonly Ticket[]): void {
    if (tickets.length === 0) return;
    this.#queue.unshift(...tickets);
    this.dealSoon();
  }

  /** The slot has nothing to do. */
  fill(slot: Slot): void {
    this.recall(BRISK_MS);
    const ticket = this.#queue.shift();
    if (ticket) slot.run(ticket);
    else this.#idle.push(slot);
    this.dealSoon();
  }

  /** The slot can take jobs no more. */
  leave(slot: Slot): void {
    this.#idle = this.#idle.filter((each) => each !== slot);
  }

  /** Takes back what is behind jobs that run for so long, in ms. */
  recall(longMs = 0): void {
    const nowMs = performance.now();
    for (const slot of this.#slots) {
      if (slot.ahead.length > 0 && slot.ranMs(nowMs) >= longMs) this.#queue.unshift(...slot.takeBack());
    }
  }

  find(jobId: string): Ticket | undefined {
    const handed = [...this.#slots].flatMap(({ ahead }) => ahead);
    return [...this.#queue, ...handed].find(({ job }) => job.id === jobId);
  }

  /** False: it has begun, and its child will say so. */
  remove(ticket: Ticket): boolean {
    for (const slot of this.#slots) if (slot.ahead.includes(ticket)) this.putBack(slot.takeBack());
    const length = this.#queue.length;
    this.#queue = this.#queue.filter((each) => each !== ticket);
    return this.#queue.length < length;
  }

  /** All that have not begun. */
  removeAll(): Ticket[] {
    const all = this.#queue.splice(0);
    for (const slot of this.#slots) all.push(...slot.takeBack());
    clearTimeout(this.#watch);
    return all;
  }

  /** At the end of this turn of the event loop, when all that is to be dealt is there. */
  dealSoon(): void {
    if (this.#dealing) return;
    this.#dealing = true;
    process.nextTick(this.#deal);
  }

  readonly #deal = (): void => {
    this.#dealing = false;
    this.recall(BRISK_MS);
    while (this.#queue.length > 0 && this.#idle.length > 0) this.#idle.pop()!.run(this.#queue.shift()!);
    if (this.#queue.length > 0 && this.#handsOver()) this.#handOver();
    else if (this.#idle.length > 0) this.#watchOver();
    for (const slot of this.#slots) slot.flush();
  };

  /** As evenly as there are jobs. */
  #handOver(): void {
    const nowMs = performance.now();
    const takers = [...this.#slots].filter(
      (slot) => slot.ahead.length <= FEW && slot.ranMs(nowMs) < BRISK_MS && slot.room(HANDED) > 0,
    );
    for (let left = takers.length; left > 0 && this.#queue.length > 0; left -= 1) {
      const slot = takers[takers.length - left]!;
      const share = Math.min(slot.room(HANDED), Math.ceil(this.#queue.length / left));
      for (const ticket of this.#queue.splice(0, share)) slot.give(ticket);
    }
  }

  /** There is a slot with nothing to do: is there a job that waits behind a long one? */
  #watchOver(): void {
    if ([...this.#slots].every(({ ahead }) => ahead.length === 0)) return;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.dealSoon(), BRISK_MS);
  }
}
