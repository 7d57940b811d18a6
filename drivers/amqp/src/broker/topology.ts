import type { QueueSpec } from '@lovage/contracts';
import type { Channel } from 'amqplib';
import { replyCode } from '../connection/failure.ts';
import type { Link } from '../connection/link.ts';
import type { Transport } from '../options/transport.ts';

/** Messages are kept there for people, and each look at one on a quorum queue counts as a delivery: RabbitMQ 4 drops it after 20. */
const KEPT = /^lovage\./;
const LOOKS = 1_000_000;
const EXISTS_OTHERWISE = 406;
const NOT_FOUND = 404;

/** Makes queues exist, as Celery does: each with a direct exchange of its name, both durable. */
export class Topology {
  readonly #link: Link;
  readonly #transport: Pick<Transport, 'maxPriority' | 'queueType'>;
  readonly #log: (level: 'warn', message: string) => void;
  /** What exists, or is being made, as far as the present connection knows. */
  readonly #known = new Map<string, Promise<void> | 'made'>();
  /** Where what is refused goes. */
  readonly #deadLetters = new Map<string, string>();
  /** Queues that existed without, so that RabbitMQ does not know. */
  readonly #ignorant = new Set<string>();
  readonly #warned = new Set<string>();

  constructor(
    link: Link,
    transport: Pick<Transport, 'maxPriority' | 'queueType'>,
    log: (level: 'warn', message: string) => void,
  ) {
    this.#link = link;
    this.#transport = transport;
    this.#log = log;
    link.onLoss(() => this.#known.clear());
  }

  /** Declare queues as they are described. */
  async declare(specs: readonly QueueSpec[]): Promise<void> {
    await Promise.all(specs.map((spec) => this.#once(markOf(spec), () => this.#declare(spec))));
  }

  /** Make queues exist that nobody has described here; one that exists is left as it is. */
  async ensure(names: Iterable<string>): Promise<void> {
    const missing = [...new Set(names)].filter((name) => this.#known.get(name) !== 'made');
    if (missing.length > 0)
      await Promise.all(missing.map((name) => this.#once(name, () => this.#find(name))));
  }

  /** A queue turned out not to exist. */
  forget(name: string): void {
    for (const mark of this.#known.keys()) if (nameOf(mark) === name) this.#known.delete(mark);
  }

  /** Where what is refused goes, as far as this process was told. */
  deadLetter(queue: string): string | undefined {
    return this.#deadLetters.get(queue);
  }

  /** RabbitMQ would drop what is refused, though it should go to a queue. */
  mustBury(queue: string): boolean {
    return this.#ignorant.has(queue);
  }

  async #once(mark: string, make: () => Promise<void>): Promise<void> {
    const known = this.#known.get(mark);
    if (known) return known === 'made' ? undefined : known;
    const making = make();
    this.#known.set(mark, making);
    try {
      await making;
      if (this.#known.get(mark) === making) this.#known.set(mark, 'made');
    } catch (error) {
      if (this.#known.get(mark) === making) this.#known.delete(mark);
      throw error;
    }
  }

  async #declare(spec: QueueSpec): Promise<void> {
    const { name, deadLetter } = spec;
    if (deadLetter !== undefined) this.#deadLetters.set(name, deadLetter);
    try {
      await this.#link.briefly((channel) => this.#create(channel, spec));
      this.#ignorant.delete(name);
    } catch (error) {
      if (replyCode((error as Error).cause) !== EXISTS_OTHERWISE) throw error;
      // It is as somebody else, such as Celery, has made it. Its exchange or its queue may be the other one.
      await this.#link.briefly((channel) => channel.checkQueue(name));
      if (deadLetter !== undefined) this.#ignorant.add(name);
      if (this.#warned.has(name)) return;
      this.#warned.add(name);
      this.#log('warn', `queue ${name} exists and is used as it is: ${(error as Error).message}`);
    }
    this.#known.set(name, 'made');
  }

  async #create(channel: Channel, { name, deadLetter }: QueueSpec): Promise<void> {
    const { maxPriority, queueType } = this.#transport;
    await channel.assertExchange(name, 'direct', { durable: true });
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        ...(maxPriority === undefined ? {} : { 'x-max-priority': maxPriority }),
        ...(queueType === 'quorum' ? { 'x-queue-type': 'quorum' } : {}),
        ...(queueType === 'quorum' && KEPT.test(name) ? { 'x-delivery-limit': LOOKS } : {}),
        ...(deadLetter === undefined
          ? {}
          : { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': deadLetter }),
      },
    });
    await channel.bindQueue(name, name, name);
  }

  async #find(name: string): Promise<void> {
    try {
      await this.#link.briefly((channel) => channel.checkQueue(name));
    } catch (error) {
      if (replyCode((error as Error).cause) !== NOT_FOUND) throw error;
      await this.#declare({ name });
    }
  }
}

/** The same for specifications that ask for the same. */
const markOf = ({ name, deadLetter }: QueueSpec): string => JSON.stringify([name, deadLetter ?? null]);

const nameOf = (mark: string): string => (mark.startsWith('["') ? (JSON.parse(mark) as [string])[0] : mark);
