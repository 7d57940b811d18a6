import type { Delivery, Settlement } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { ClaimAnswer, ClaimRequest, ClaimStore } from '@lovage/contracts/kit';
import type { Session } from '../database/session.ts';
import { newReceipt, type Receipt } from './receipts.ts';
import type { ClaimTables, Heads, Held, TakenRow } from './tables.ts';
import type { Wake } from './wakes.ts';

/** No lease has this number. */
const NO_LEASE = 0;

/** A message that is out. */
interface Out extends Receipt {
  settling: boolean;
}

/** The store's side of one consumer; `pullConsumer` adds the waiting. */
export class Claims<Row extends TakenRow = TakenRow> implements ClaimStore {
  readonly #database: Session;
  readonly #tables: ClaimTables<Row>;
  readonly #heads: Heads<Row>;
  readonly #wakes = new Set<() => void>();
  /** Opened by the first claim that finds something. */
  #lease = NO_LEASE;
  /** All under which something may be out. */
  readonly #leases = new Set<number>();
  /** Leases of claims whose answer got lost: what they took, nobody knows. */
  readonly #doubtful = new Set<number>();
  /** What is out, by its receipt. */
  readonly #held = new Map<string, Out>();
  /** Queues of the last claim, by number. */
  #watched: readonly number[] = [];
  #names = '';
  #upkeepAt = 0;

  constructor(database: Session, tables: ClaimTables<Row>) {
    this.#database = database;
    this.#tables = tables;
    this.#heads = tables.heads();
  }

  get pollMs(): number {
    return this.#database.pollMs;
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }

  /** Something came into queues, or will. */
  hear(wakes: readonly Wake[]): void {
    const ours = wakes.filter(({ queue }) => this.#watched.includes(queue));
    if (ours.length === 0) return;
    for (const { from } of ours) if (from > 0) this.#upkeepAt = Math.min(this.#upkeepAt, from);
    for (const wake of this.#wakes) wake();
  }

  /** News may have been missed. */
  missed(): void {
    this.#upkeepAt = 0;
    this.#heads.rewind();
    for (const wake of this.#wakes) wake();
  }

  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    if (request.queues.length === 0) return { deliveries: [] };
    const names = await this.#number(request.queues);
    for (const lease of this.#doubtful) await this.#clear(lease);
    if (Date.now() >= this.#upkeepAt) await this.#keepUp();
    const rows = await this.#take(request);
    if (rows.length === 0) return { deliveries: [], nextDueAt: this.#upkeepAt };
    return { deliveries: rows.map((row) => this.#delivery(row, names.get(row.queue)!)) };
  }

  async renew(_: string, receipts: readonly string[], leaseMs: number): Promise<ReadonlySet<string>> {
    const held = receipts.filter((receipt) => this.#held.has(receipt));
    if (held.length === 0) return new Set();
    const leaseOf = (receipt: string) => this.#held.get(receipt)!.lease;
    const leases = new Set(held.map(leaseOf));
    const alive = await this.#tables.leases.extend(leases, leaseMs);
    for (const lease of leases) if (!alive.has(lease)) this.#leases.delete(lease);
    const kept = new Set(held.filter((receipt) => alive.has(leaseOf(receipt))));
    for (const receipt of held) if (!kept.has(receipt)) this.#held.delete(receipt);
    return kept;
  }

  async settle(_: string, settlements: readonly Settlement[]): Promise<ReadonlySet<string>> {
    // Marked now: of two settlements of one delivery the second must find nothing.
    const ours: Held[] = [];
    for (const settlement of settlements) {
      const { receipt } = settlement.delivery;
      const at = this.#held.get(receipt);
      if (!at || at.settling) continue;
      at.settling = true;
      ours.push({ settlement, at });
    }
    try {
      const kept = await this.#tables.settle(ours);
      for (const { settlement } of ours) this.#held.delete(settlement.delivery.receipt);
      if (ours.some(({ settlement }) => settlement.kind !== 'done')) this.#heads.rewind();
      return kept;
    } finally {
      // Where it failed they are still out, and may be settled again.
      for (const { settlement } of ours) {
        const still = this.#held.get(settlement.delivery.receipt);
        if (still) still.settling = false;
      }
    }
  }

  async leave(): Promise<void> {
    if (this.#leases.size > 0) this.#tables.announceReady(await this.#tables.leases.end(this.#leases));
  }

  /** Queues by number, and their names. */
  async #number(queues: readonly string[]): Promise<ReadonlyMap<number, string>> {
    const ids = await this.#tables.queues.make(queues);
    const names = new Map(queues.map((name) => [ids.get(name)!, name]));
    const text = queues.join('\n');
    if (text !== this.#names) {
      this.#names = text;
      this.#watched = [...names.keys()];
      this.#upkeepAt = 0;
      this.#heads.rewind();
    }
    return names;
  }

  async #keepUp(): Promise<void> {
    // What is heard meanwhile counts from here.
    this.#upkeepAt = Date.now() + this.#database.pollMs;
    const { moved, nextAt } = await this.#tables.keepUp(this.#watched);
    if (moved) this.#heads.rewind();
    this.#upkeepAt = Math.min(this.#upkeepAt, nextAt);
  }

  async #take({ consumer, max, leaseMs }: ClaimRequest): Promise<readonly Row[]> {
    for (;;) {
      try {
        const { rows, leaseless } = await this.#heads.take(this.#watched, max, this.#lease, leaseMs);
        if (!leaseless) return rows;
      } catch (error) {
        if (error instanceof DriverError && error.code === 'unavailable') this.#doubt();
        throw error;
      }
      this.#leases.delete(this.#lease);
      this.#lease = await this.#tables.leases.open(consumer, leaseMs);
      this.#leases.add(this.#lease);
    }
  }

  /** It may have taken something without our knowledge: go on under another lease, and look after this one. */
  #doubt(): void {
    if (this.#lease !== NO_LEASE) this.#doubtful.add(this.#lease);
    this.#lease = NO_LEASE;
  }

  async #clear(lease: number): Promise<void> {
    const known = [...this.#held.values()].filter((receipt) => receipt.lease === lease);
    const queues = await this.#tables.leases.free(
      lease,
      known.map((receipt) => receipt.id),
    );
    this.#doubtful.delete(lease);
    if (queues.length > 0) this.#heads.rewind();
    this.#tables.announceReady(queues);
  }

  #delivery(row: Row, queue: string): Delivery {
    const receipt = newReceipt();
    this.#held.set(receipt, { lease: this.#lease, id: row.id, place: row.place, settling: false });
    return { queue, ...this.#tables.read(row), receipt };
  }
}
