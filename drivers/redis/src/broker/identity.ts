import type { Reply } from '../connection/client.ts';
import type { Connection } from '../connection/connection.ts';
import type { Layout } from './layout.ts';
import { JOIN, REFRESH, SUCCEED } from './lua/lease.ts';

/**
 * A consumer's life in Redis: its member of `lovage:consumers` and the receipts it holds. It is born again under a new
 * name whenever the old one may be dead or may have done something that this process has not heard of.
 */
export class Identity {
  readonly #connection: Connection;
  readonly #layout: Layout;
  readonly #name: string;
  readonly #leaseMs: number;
  #member: string;
  #joined = false;
  #number = 0;

  constructor(connection: Connection, layout: Layout, consumer: string, leaseMs: number) {
    this.#connection = connection;
    this.#layout = layout;
    this.#name = consumer.replace(/[^\w@.-]/g, '_').slice(0, 40);
    this.#leaseMs = leaseMs;
    this.#member = this.#newMember();
  }

  get member(): string {
    return this.#member;
  }

  /** The first of `count` numbers for receipts, never used before. */
  numbers(count: number): number {
    const first = this.#number;
    this.#number += count;
    return first;
  }

  /** Join the living. */
  async join(): Promise<void> {
    if (this.#joined) return;
    await JOIN.run(this.#connection, [this.#layout.consumers], [this.#member, String(this.#leaseMs)], {
      repeatable: true,
    });
    this.#joined = true;
  }

  /** The lease lapsed and others have taken what was held: begin anew. */
  died(): void {
    this.#member = this.#newMember();
    this.#joined = false;
  }

  /**
   * A claim was sent and its answer lost. Go on under a new name, so that the claim does nothing should it be still on
   * its way, and answer every receipt held: among them those that the claim took unheard.
   */
  async succeed(): Promise<readonly string[]> {
    const [old, next] = [this.#member, this.#newMember()];
    const { consumers, unacked } = this.#layout;
    const keys = [consumers, unacked, this.#layout.held(old), this.#layout.held(next)];
    const held = await SUCCEED.run(this.#connection, keys, [old, next, String(this.#leaseMs)], {
      repeatable: true,
    });
    this.#member = next;
    this.#joined = true;
    return (held as readonly Reply[]).map(String);
  }

  /** Keep Python from taking what is held for lost. */
  async refresh(): Promise<void> {
    const { consumers, index } = this.#layout;
    const keys = [consumers, index, this.#layout.held(this.#member)];
    await REFRESH.run(this.#connection, keys, [this.#member], { repeatable: true });
  }

  /** Leave the living, holding nothing. */
  async leave(): Promise<void> {
    await this.#connection.send(['ZREM', this.#layout.consumers, this.#member], { repeatable: true });
    this.#joined = false;
  }

  /** No ':' in it: receipts are taken apart there. */
  #newMember(): string {
    return `${this.#name}.${Math.random().toString(36).slice(2, 10)}`;
  }
}
