import type { DelayedMessage, Envelope } from '@lovage/contracts';
import { Heap } from '@lovage/contracts/kit';
import { Line } from './line.ts';

/** A message on its way through a queue. */
export interface Item {
  readonly envelope: Envelope;
  /** How often a consumer was lost over it. */
  losses: number;
  /** It has been out before. */
  redelivered: boolean;
}

interface Parked {
  readonly item: Item;
  readonly due: number;
  /** Tells apart what is due at the same time: first parked, first out. */
  readonly turn: number;
}

const URGENCIES = 10;

/** One queue: a line for each priority, and a heap of what is not due yet. */
export class MemoryQueue {
  deadLetter: string | undefined;
  /** How many of its messages are claimed now. */
  claimed = 0;
  readonly #lines = Array.from({ length: URGENCIES }, () => new Line<Item>());
  readonly #parked = new Heap<Parked>((a, b) => a.due < b.due || (a.due === b.due && a.turn < b.turn));
  #turn = 0;
  #ready = 0;

  get ready(): number {
    return this.#ready;
  }

  get delayed(): number {
    return this.#parked.size;
  }

  /** Epoch ms of the first that is parked. */
  get nextDue(): number | undefined {
    return this.#parked.least?.due;
  }

  add(envelope: Envelope, notBefore: number | undefined, now: number): void {
    const item: Item = { envelope, losses: 0, redelivered: false };
    if (notBefore === undefined || notBefore <= now) this.#enqueue(item);
    else this.#parked.push({ item, due: notBefore, turn: this.#turn++ });
  }

  /** To the head of its line. */
  putBack(item: Item, lost: boolean): void {
    if (lost) item.losses += 1;
    item.redelivered = true;
    this.#lineOf(item).putBack(item);
    this.#ready += 1;
  }

  /** Let in what has fallen due. Call before looking at what is ready. */
  ripen(now: number): void {
    for (let next = this.#parked.least; next && next.due <= now; next = this.#parked.least) {
      this.#parked.pop();
      this.#enqueue(next.item);
    }
  }

  /** The most urgent of what is ready, the oldest of these. */
  take(): Item | undefined {
    if (this.#ready === 0) return undefined;
    for (let urgency = URGENCIES - 1; urgency >= 0; urgency -= 1) {
      const item = this.#lines[urgency]?.take();
      if (item) {
        this.#ready -= 1;
        return item;
      }
    }
    return undefined;
  }

  /** What `take` would give, in that order. */
  *inOrder(): Generator<Item> {
    for (const line of this.#lines.toReversed()) yield* line;
  }

  /** The first that fall due. */
  soonest(limit: number): DelayedMessage[] {
    const parked = this.#parked.inOrder().slice(0, Math.max(0, limit));
    return parked.map(({ item, due }) => ({ envelope: item.envelope, notBefore: due }));
  }

  /** Let in the first that fall due, before their time. Returns how many. */
  hasten(limit: number): number {
    let count = 0;
    for (; count < limit; count += 1) {
      const next = this.#parked.pop();
      if (!next) break;
      this.#enqueue(next.item);
    }
    return count;
  }

  /** Drop what is ready beyond `keep`: the least urgent, the oldest of these. Returns how many. */
  trim(keep: number): number {
    const before = this.#ready;
    for (const line of this.#lines) {
      while (this.#ready > keep && line.take() !== undefined) this.#ready -= 1;
    }
    return before - this.#ready;
  }

  /** Drop what is ready or parked. Returns how many. */
  purge(): number {
    const dropped = this.ready + this.delayed;
    for (const line of this.#lines) line.clear();
    this.#parked.clear();
    this.#ready = 0;
    return dropped;
  }

  #enqueue(item: Item): void {
    this.#lineOf(item).push(item);
    this.#ready += 1;
  }

  #lineOf({ envelope }: Item): Line<Item> {
    const urgency = Math.min(Math.max(Math.trunc(envelope.priority ?? 0), 0), URGENCIES - 1);
    return this.#lines[urgency] as Line<Item>;
  }
}
