import type { Heads, Taken, TakenRow } from './tables.ts';

/** After this long, in ms, a claim looks from the very beginning. */
const FROM_THE_BEGINNING_MS = 250;

/** The number of the last row that was claimed, for each order in which rows go. */
export class Ends {
  readonly #last = new Map<number, number>();

  get none(): boolean {
    return this.#last.size === 0;
  }

  of(order: number): number {
    return this.#last.get(order) ?? 0;
  }

  reached(order: number, id: number): void {
    if (id > this.of(order)) this.#last.set(order, id);
  }

  forget(): void {
    this.#last.clear();
  }
}

/** What a claim asks for. */
export interface Look {
  /** In the order in which they are looked into. */
  readonly queues: readonly number[];
  readonly max: number;
  readonly lease: number;
  readonly leaseMs: number;
  /** Where to begin; the claim says in them where it ended. */
  readonly ends: Ends;
}

/**
 * Claims the heads of queues, and remembers where it ended: until a vacuum comes, what was settled stays in the index,
 * in front, and a claim that began there would walk over all of it each time. What comes in front after all (given
 * back, fallen due, committed late) is found by a look from the beginning, now and then, or when nothing else is left.
 */
export class RememberingHeads<Row extends TakenRow> implements Heads<Row> {
  readonly #claim: (look: Look) => Promise<Taken<Row>>;
  readonly #ends = new Ends();
  #rewoundAt = 0;
  #turn = 0;

  constructor(claim: (look: Look) => Promise<Taken<Row>>) {
    this.#claim = claim;
  }

  rewind(): void {
    this.#ends.forget();
    this.#rewoundAt = Date.now();
  }

  async take(queues: readonly number[], max: number, lease: number, leaseMs: number): Promise<Taken<Row>> {
    if (Date.now() - this.#rewoundAt >= FROM_THE_BEGINNING_MS) this.rewind();
    const fromBeginning = this.#ends.none;
    // Each claim begins with another queue: a long one must not starve the next.
    this.#turn += 1;
    const first = this.#turn % queues.length;
    const order = [...queues.slice(first), ...queues.slice(0, first)];
    const taken = await this.#claim({ queues: order, max, lease, leaseMs, ends: this.#ends });
    if (taken.rows.length > 0 || taken.leaseless || fromBeginning) return taken;
    this.rewind();
    return this.take(queues, max, lease, leaseMs);
  }
}
