import { randomUUID } from 'node:crypto';
import type { Reply } from '../connection/client.ts';
import type { Connection } from '../connection/connection.ts';
import type { Transport } from '../options/transport.ts';
import { type Restorable, readEntry } from './entry.ts';
import { type Layout, RECEIPT_PREFIX } from './layout.ts';
import { LAPSED, RESTORE, STALE, UNLOCK } from './lua/restore.ts';

/** Messages restored in one script: they pass through this process, to be marked. */
const PART = 100;

/**
 * Brings messages back that are out: given back by their consumer, or left behind by a dead one.
 * Each goes back in one step, so a crash in between, or two that restore at once, neither lose nor double any.
 */
export class Restorer {
  readonly #connection: Connection;
  readonly #layout: Layout;
  readonly #transport: Transport;
  readonly #log: (level: 'info' | 'warn', message: string) => void;

  constructor(
    connection: Connection,
    layout: Layout,
    transport: Transport,
    log: (level: 'info' | 'warn', message: string) => void,
  ) {
    this.#connection = connection;
    this.#layout = layout;
    this.#transport = transport;
    this.#log = log;
  }

  /** Give back what `member` holds. `lost` of them counts the delivery. Answers the receipts that were still out. */
  async giveBack(member: string, receipts: ReadonlyMap<string, boolean>): Promise<ReadonlySet<string>> {
    const kept = new Set<string>();
    for (const part of parts([...receipts.keys()])) {
      const entries = await this.#connection.send(['HMGET', this.#layout.unacked, ...part], READ);
      const restored = await this.#restore(
        member,
        part,
        entries as (Buffer | null)[],
        (receipt) => receipts.get(receipt) ?? false,
      );
      for (const receipt of restored) kept.add(receipt);
    }
    return kept;
  }

  /** Take over from consumers of ours whose lease has lapsed. */
  async takeOver(): Promise<void> {
    const { consumers, unacked } = this.#layout;
    for (;;) {
      const found = await LAPSED.run(
        this.#connection,
        [consumers, unacked],
        [this.#layout.held(''), String(PART)],
        READ,
      );
      if (found === null) return;
      const [member, receipts, entries] = found as [Buffer, Buffer[], Buffer[]];
      const restored = await this.#restore(String(member), receipts.map(String), entries, () => true);
      if (restored.length > 0) {
        this.#log(
          'warn',
          `consumer ${member} has died: ${restored.length} of its messages are back in their queues`,
        );
      }
    }
  }

  /**
   * Restore what has been out for longer than the visibility timeout, whoever took it, under kombu's own lock:
   * one at a time, and nobody while Python is at it.
   */
  async restoreStale(): Promise<void> {
    const { mutex, index, unacked, consumers } = this.#layout;
    const { visibilityTimeoutS, mutexExpireS, restoreLimit } = this.#transport;
    const token = randomUUID();
    const lock = ['SET', mutex, token, 'NX', 'PX', String(mutexExpireS * 1000)];
    if ((await this.#connection.send(lock)) === null) return;
    try {
      const oldest = Math.floor(Date.now() / 1000 - visibilityTimeoutS);
      const args = [String(oldest), String(restoreLimit ?? PART), RECEIPT_PREFIX, this.#layout.held('')];
      for (;;) {
        const found = await STALE.run(this.#connection, [index, unacked, consumers], args, READ);
        const [receipts, entries] = found as [Buffer[], Buffer[]];
        const restored = await this.#restore('', receipts.map(String), entries, () => true);
        if (restored.length > 0) {
          this.#log(
            'warn',
            `${restored.length} messages were out for more than ${visibilityTimeoutS} s (visibility_timeout): restored`,
          );
        }
        if (restored.length === 0 || restoreLimit !== undefined) return;
      }
    } finally {
      await UNLOCK.run(this.#connection, [mutex], [token]);
    }
  }

  async #restore(
    member: string,
    receipts: readonly string[],
    entries: readonly (Buffer | null)[],
    lost: (receipt: string) => boolean,
  ): Promise<readonly string[]> {
    const args: (string | Buffer)[] = [];
    const found: string[] = [];
    // The last one pushed is the next one taken, so the first that was claimed goes last.
    for (const at of byNumber(receipts).reverse()) {
      const entry = entries[at];
      const receipt = receipts[at]!;
      const message = entry && readEntry(entry, lost(receipt));
      if (!message) {
        if (entry)
          this.#log(
            'warn',
            `the entry ${receipt} of ${this.#layout.unacked} is not kombu's and stays where it is`,
          );
        continue;
      }
      for (const list of await this.#listsOf(message)) args.push(receipt, list, message.raw);
      found.push(receipt);
    }
    if (args.length === 0) return [];
    const { unacked, index } = this.#layout;
    const reply = await RESTORE.run(this.#connection, [unacked, index, this.#layout.held(member)], args);
    return found.filter((_, i) => (reply as Reply[])[i] === 1);
  }

  /** Where kombu would put it: the default exchange names the queue itself, others know theirs. */
  async #listsOf({ exchange, routingKey, priority }: Restorable): Promise<readonly string[]> {
    const queue = exchange === '' ? routingKey : await this.#boundQueue(exchange, routingKey);
    return [this.#layout.list(queue, priority)];
  }

  /** The queue that a message to this exchange came from; the routing key's own name rather than none. */
  async #boundQueue(exchange: string, routingKey: string): Promise<string> {
    const members = await this.#connection.send(['SMEMBERS', this.#layout.exchange(exchange)], {
      repeatable: true,
    });
    const bindings = [...(members as Iterable<string>)].map((member) => this.#layout.readBinding(member));
    const bound = bindings.find(
      (each) => each.routingKey === routingKey || matches(each.pattern, routingKey),
    );
    return bound?.queue ?? routingKey;
  }
}

const READ = { buffers: true, repeatable: true } as const;

/** Kombu keeps the pattern of a topic binding as a regular expression. */
function matches(pattern: string, routingKey: string): boolean {
  if (pattern === '') return false;
  try {
    return new RegExp(pattern).test(routingKey);
  } catch {
    return false;
  }
}

/** Indexes of our receipts in the order of their claims; others keep their place. */
function byNumber(receipts: readonly string[]): number[] {
  const numbers = receipts.map((receipt) => Number(/^lovage:[^:]*:(\d+):/.exec(receipt)?.[1] ?? 0));
  return receipts.map((_, at) => at).sort((a, b) => numbers[a]! - numbers[b]!);
}

function parts<T>(all: readonly T[]): T[][] {
  const result: T[][] = [];
  for (let at = 0; at < all.length; at += PART) result.push(all.slice(at, at + PART));
  return result;
}
