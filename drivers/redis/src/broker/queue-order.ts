import type { Layout, QueueKeys } from './layout.ts';

/** Celery's `queue_order_strategy`. */
export type QueueOrderName = 'round_robin' | 'sorted' | 'priority';

/** In which order the queues are looked at; it decides between messages of the same priority step. */
export class QueueOrder {
  readonly #layout: Layout;
  readonly #name: QueueOrderName;
  #queues: readonly QueueKeys[] = [];
  #names: readonly string[] | undefined;
  #turn = 0;

  constructor(layout: Layout, name: QueueOrderName) {
    this.#layout = layout;
    this.#name = name;
  }

  get lists(): readonly string[] {
    return this.#queues.flatMap((queue) => queue.lists);
  }

  get delayed(): readonly string[] {
    return this.#queues.map((queue) => queue.delayed);
  }

  /** False when these are the queues already. */
  set(names: readonly string[]): boolean {
    if (names === this.#names) return false;
    this.#names = names;
    const ordered = this.#name === 'sorted' ? [...names].sort() : names;
    this.#queues = [...new Set(ordered)].map((name) => this.#layout.queue(name));
    return true;
  }

  /** The order of the next look: each queue comes first in turn, or always the same. */
  next(): readonly QueueKeys[] {
    if (this.#name !== 'round_robin' || this.#queues.length < 2) return this.#queues;
    this.#turn = (this.#turn + 1) % this.#queues.length;
    return [...this.#queues.slice(this.#turn), ...this.#queues.slice(0, this.#turn)];
  }
}
