import { Parked } from './parked.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Tasks whose turn comes this soon wait in memory. */
const NEAR_MS = 1000;
/** And so many always do, so that no token is lost for want of a task at hand. */
const FEW = 4;
/** One that comes back is here that long before its turn: brokers are not exact. */
const EARLY_MS = 500;
/** Or so many turns before it: where several workers share a queue, another one may get it. */
const EARLY_TURNS = 2;
/** Nobody is sent away for longer, for limits can be lifted and workers be added. */
const LONGEST_MS = 60_000;
/** Unless so many wait that more than a hundred would come back each second. */
const LONGER_MS_EACH = 10;

/** Multiples of it, modulo 1, lie as far apart as they can. */
const GOLDEN = 0.618034;

export type Place =
  /** It takes the token that is there. */
  | { readonly kind: 'start' }
  /** It waits here until its turn comes. */
  | { readonly kind: 'hold' }
  /** It goes back to the broker until then, and will be asked again. */
  | { readonly kind: 'park'; readonly untilMs: number };

/**
 * Who waits for the tokens of one task: the next ones in memory, the others in the broker. Pure: times come from outside.
 *
 * Those who come new go behind those who wait; those who come back from the broker keep their place. Where several
 * workers share a queue, many come back to another worker than the one that sent them away. So nothing is reserved:
 * whoever is here when a token is there takes it, and places only say when it is worth coming back.
 */
export class Line<T> {
  readonly bucket: TokenBucket;
  readonly #held: T[] = [];
  readonly #parked = new Parked();

  constructor(bucket: TokenBucket) {
    this.bucket = bucket;
  }

  get held(): readonly T[] {
    return this.#held;
  }

  /** @param room there is room in memory for one more */
  place(item: T, id: string, nowMs: number, room: boolean): Place {
    const ahead = this.#parked.place(id, nowMs);
    if (this.#mayStay(ahead, nowMs, room)) {
      this.#parked.delete(id);
      if (this.#held.length === 0 && this.bucket.dueMs(nowMs) <= nowMs) {
        this.bucket.take(nowMs, false);
        return { kind: 'start' };
      }
      this.#held.push(item);
      return { kind: 'hold' };
    }
    const untilMs = this.#return(ahead ?? this.#parked.length(nowMs), nowMs);
    this.#parked.add(id, untilMs);
    return { kind: 'park', untilMs };
  }

  /** Those whose turn it is now, in their order. Each takes its token. */
  due(nowMs: number): T[] {
    const due: T[] = [];
    while (this.#held.length > 0 && this.bucket.dueMs(nowMs) <= nowMs) {
      this.bucket.take(nowMs, true);
      due.push(this.#held.shift()!);
    }
    return due;
  }

  /** All that wait here. */
  clear(): T[] {
    return this.#held.splice(0);
  }

  /** @param ahead undefined: it comes new */
  #mayStay(ahead: number | undefined, nowMs: number, room: boolean): boolean {
    if (!room) return false;
    const { length } = this.#held;
    if (length === 0) return true;
    const waitMs = this.bucket.dueMs(nowMs, length + (ahead ?? 0)) - nowMs;
    if (ahead !== undefined) return waitMs <= 2 * this.#earlyMs();
    // Where others wait in the broker, only a token that is there before they can come back for it.
    const othersWait = this.#parked.length(nowMs) > 0;
    return length < FEW || waitMs <= (othersWait ? EARLY_MS / 2 : NEAR_MS);
  }

  #return(ahead: number, nowMs: number): number {
    const waitMs = this.bucket.dueMs(nowMs, this.#held.length + ahead) - nowMs - this.#earlyMs();
    const longestMs = Math.max(LONGEST_MS, this.#parked.length(nowMs) * LONGER_MS_EACH);
    if (waitMs <= longestMs) return nowMs + Math.max(EARLY_MS / 2, waitMs);
    // Evenly over the second half of the longest, so that they do not come back all at once.
    return nowMs + (longestMs / 2) * (1 + ((ahead * GOLDEN) % 1));
  }

  #earlyMs(): number {
    return Math.max(EARLY_MS, EARLY_TURNS * this.bucket.intervalMs);
  }
}
