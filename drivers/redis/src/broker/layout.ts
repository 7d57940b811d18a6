import { wirePriority } from '@lovage/protocol';
import type { Transport } from '../options/transport.ts';

/** The keys of one queue. */
export interface QueueKeys {
  readonly name: string;
  /** One list for each priority step, the most urgent first. New messages come in at the left, the next to go is at the right. */
  readonly lists: readonly string[];
  /** A sorted set of the messages that are not due: score epoch ms, member the index of the list in one digit, then the message. */
  readonly delayed: string;
  /** What follows the message in its entry of `unacked`: `[message,"exchange","routing key"]`. */
  readonly tail: string;
}

/** What every receipt of ours starts with; kombu's delivery tags are UUIDs. */
export const RECEIPT_PREFIX = 'lovage:';

/** The names of all keys of a broker: kombu's where kombu has one, our own under `lovage:`. */
export class Layout {
  /** Messages that are out, by receipt (kombu's delivery tag). */
  readonly unacked: string;
  /** When each of them went out or was last renewed, in epoch seconds. */
  readonly index: string;
  /** Held by whoever restores what has been out for longer than the visibility timeout. */
  readonly mutex: string;
  /** Our living consumers, by the moment their lease lapses (epoch ms). */
  readonly consumers: string;
  /** Dead-letter queues by queue. */
  readonly deadLetters: string;
  /** Before every key. */
  readonly prefix: string;
  readonly #separator: string;
  readonly #steps: readonly number[];
  /** Index of the list for each priority on the wire. */
  readonly #levels: readonly number[];
  readonly #queues = new Map<string, QueueKeys>();

  constructor(transport: Transport) {
    const { keyPrefix, unackedKey, unackedIndexKey, unackedMutexKey, separator, prioritySteps } = transport;
    this.prefix = keyPrefix;
    this.#separator = separator;
    this.#steps = prioritySteps;
    this.#levels = Array.from({ length: 10 }, (_, wire) =>
      prioritySteps.findLastIndex((step) => step <= wire),
    );
    this.unacked = keyPrefix + unackedKey;
    this.index = keyPrefix + unackedIndexKey;
    this.mutex = keyPrefix + unackedMutexKey;
    this.consumers = `${keyPrefix}lovage:consumers`;
    this.deadLetters = `${keyPrefix}lovage:dead-letters`;
  }

  queue(name: string): QueueKeys {
    const known = this.#queues.get(name);
    if (known) return known;
    const list = (step: number) => this.prefix + name + (step === 0 ? '' : this.#separator + step);
    const keys = {
      name,
      lists: this.#steps.map(list),
      delayed: `${this.prefix}lovage:delayed:${name}`,
      tail: `,"",${JSON.stringify(name)}]`,
    };
    // Reply queues have names of their own: what is remembered must not grow with them.
    if (this.#queues.size >= 10_000) this.#queues.clear();
    this.#queues.set(name, keys);
    return keys;
  }

  /** Which of a queue's lists serves `Envelope.priority`. */
  level(priority: number | undefined): number {
    return this.#levels[wirePriority(priority)]!;
  }

  list(queue: string, priority: number | undefined): string {
    return this.queue(queue).lists[this.level(priority)]!;
  }

  /** The receipts that a consumer of ours holds. */
  held(member: string): string {
    return `${this.prefix}lovage:held:${member}`;
  }

  /** The queues bound to an exchange, as kombu keeps them: see `binding`. */
  exchange(name: string): string {
    return `${this.prefix}_kombu.binding.${name}`;
  }

  /** A member of that set: routing key, pattern, queue. */
  binding(routingKey: string, queue: string): string {
    return [routingKey, '', queue].join(this.#separator);
  }

  readBinding(member: string): {
    readonly routingKey: string;
    readonly pattern: string;
    readonly queue: string;
  } {
    const [routingKey = '', pattern = '', queue = ''] = member.split(this.#separator);
    return { routingKey, pattern, queue };
  }
}
