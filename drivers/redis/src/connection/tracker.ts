import type { Reply } from './client.ts';
import type { Connection } from './connection.ts';

/** What an idle consumer sees. */
export interface Outlook {
  /** Something can be claimed now. */
  readonly ready: boolean;
  /** When the next parked message is due (epoch ms). */
  readonly nextDue: number;
}

/**
 * Tells of changes to keys without polling, whoever makes them: Redis remembers which keys were read on a connection
 * with CLIENT TRACKING, and sends word when one of them changes, once for each time it was read.
 */
export class Tracker {
  readonly #connection: Connection;
  readonly #listening = new Map<string, Set<() => void>>();

  /** `connection` must have been made for tracking. */
  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onInvalidate((key) => this.#wake(key));
    connection.onLoss(() => this.#wake(null));
  }

  /** Call back when one of the keys may have changed. A key is told of only after it was looked at. Returns how to stop. */
  listen(keys: readonly string[], callback: () => void): () => void {
    for (const key of keys) {
      const here = this.#listening.get(key) ?? new Set();
      this.#listening.set(key, here.add(callback));
    }
    return () => {
      for (const key of keys) {
        const here = this.#listening.get(key);
        here?.delete(callback);
        if (here?.size === 0) this.#listening.delete(key);
      }
    };
  }

  /** Look at these keys, and be told of changes from now on. Undefined while nobody can tell: look again and again. */
  async look(lists: readonly string[], delayed: readonly string[]): Promise<Outlook | undefined> {
    if (!this.#connection.tracking) return undefined;
    if (!this.#connection.client) {
      void this.#connection.ready().catch(() => undefined);
      return undefined;
    }
    const firsts = delayed.map((key) => ['ZRANGE', key, '0', '0', 'WITHSCORES']);
    try {
      const [filled, ...due] = await this.#connection.sendAll([['EXISTS', ...lists], ...firsts]);
      return { ready: Number(filled) > 0, nextDue: Math.min(...due.map(scoreOf)) };
    } catch {
      return undefined;
    }
  }

  #wake(key: string | null): void {
    if (key !== null) wakeAll(this.#listening.get(key));
    else for (const here of this.#listening.values()) wakeAll(here);
  }
}

function wakeAll(callbacks: ReadonlySet<() => void> = new Set()): void {
  for (const callback of [...callbacks]) callback();
}

/** RESP3 answers pairs of member and score. */
function scoreOf(reply: Reply): number {
  const [first] = reply as readonly (readonly [string, number])[];
  return first ? Number(first[1]) : Number.POSITIVE_INFINITY;
}
