import type { Item, MemoryQueue } from './memory-queue.ts';

/** A message that a consumer holds. */
export interface Claim {
  readonly item: Item;
  readonly queue: MemoryQueue;
}

/** One consumer: what it holds, and until when it may. */
interface Holder {
  until: number;
  readonly claims: Map<string, Claim>;
  /** Which queue it looks into first: moves on, so that none is starved. */
  rotation: number;
}

/** Who holds what. The lease belongs to the consumer: renewing it is one step however much it holds. */
export class Claims {
  readonly #holders = new Map<string, Holder>();
  #receipts = 0;

  add(consumer: string, claim: Claim, until: number): string {
    const holder = this.#holder(consumer);
    const receipt = String(++this.#receipts);
    holder.claims.set(receipt, claim);
    holder.until = until;
    claim.queue.claimed += 1;
    return receipt;
  }

  /** Undefined unless the consumer holds it. */
  remove(consumer: string, receipt: string): Claim | undefined {
    const holder = this.#holders.get(consumer);
    const claim = holder?.claims.get(receipt);
    if (!holder || !claim) return undefined;
    holder.claims.delete(receipt);
    claim.queue.claimed -= 1;
    return claim;
  }

  /** Which of these receipts the consumer holds, with its lease pushed to `until`. */
  renew(consumer: string, receipts: readonly string[], until: number): Set<string> {
    const holder = this.#holders.get(consumer);
    if (!holder) return new Set();
    holder.until = until;
    return new Set(receipts.filter((receipt) => holder.claims.has(receipt)));
  }

  /** Put back all that the consumer holds, and forget it. */
  leave(consumer: string): void {
    const holder = this.#holders.get(consumer);
    if (holder) putBackAll(holder, false);
    this.#holders.delete(consumer);
  }

  /** Put back what consumers hold whose lease has lapsed. */
  expire(now: number): void {
    for (const holder of this.#holders.values()) {
      if (holder.claims.size > 0 && holder.until <= now) putBackAll(holder, true);
    }
  }

  /** Epoch ms at which the next lease lapses, unless it is renewed. */
  get nextLapse(): number {
    let next = Infinity;
    for (const { claims, until } of this.#holders.values()) {
      if (claims.size > 0) next = Math.min(next, until);
    }
    return next;
  }

  /** 0, 1, 2 … for each claim of a consumer. */
  nextRotation(consumer: string): number {
    return this.#holder(consumer).rotation++;
  }

  #holder(consumer: string): Holder {
    let holder = this.#holders.get(consumer);
    if (!holder) {
      holder = { until: 0, claims: new Map(), rotation: 0 };
      this.#holders.set(consumer, holder);
    }
    return holder;
  }
}

/** Last claimed first, so that each line ends in the order it had. */
function putBackAll({ claims }: Holder, lost: boolean): void {
  for (const { item, queue } of [...claims.values()].toReversed()) {
    queue.claimed -= 1;
    queue.putBack(item, lost);
  }
  claims.clear();
}
