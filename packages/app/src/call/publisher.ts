import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, OutgoingMessage, QueueSpec } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { RetryPolicy } from '../config/checked-values.ts';
import { InvalidCall, OperationalError } from '../errors.ts';

export interface PublisherOptions {
  /** Seconds; a publish is rejected by then, whatever the broker does. */
  readonly timeoutS: number;
  /** When to try again while the broker is away; undefined: never. */
  readonly policy: RetryPolicy | undefined;
  /** Queues that are known in detail; any other is declared by its name. */
  readonly queues: readonly QueueSpec[];
  /** The broker's URL without its password, for errors. */
  readonly label: string;
}

interface PublishHow {
  readonly retry?: boolean;
  readonly spentMs?: number;
  readonly tx?: object | undefined;
}

/** The part of the timeout after which a publish is given up, so that the caller knows before it is over. */
const PUNCTUAL = 0.98;

/** What one publish and its timeout know of each other. */
interface Patience {
  /** The caller has been told that it failed: try no more. */
  over: boolean;
  trouble: DriverError | undefined;
}

/** Hands messages to the broker: declares each queue once, tries again within a bound, and never hangs. */
export class Publisher {
  readonly #broker: Broker;
  readonly #options: PublisherOptions;
  /** Queues that exist. */
  readonly #declared = new Set<string>();

  constructor(broker: Broker, options: PublisherOptions) {
    this.#broker = broker;
    this.#options = options;
  }

  /**
   * Resolves when every message is durable.
   * @param options `retry`: try again while the broker is away. `spentMs`: time that the call has taken already.
   *   `tx`: a transaction of the caller's.
   * @throws OperationalError when that is not known in time; some messages may have arrived then
   * @throws InvalidCall for a transaction that the broker cannot take
   */
  async publish(
    messages: readonly OutgoingMessage[],
    { retry = true, spentMs = 0, tx }: PublishHow = {},
  ): Promise<void> {
    const { timeoutS, label } = this.#options;
    if (tx !== undefined && !this.#broker.traits.transactions) {
      throw new InvalidCall(
        `the broker ${label} takes no transaction: PostgreSQL does, where it is the broker`,
      );
    }
    const leftMs = Math.max(0, Math.round(timeoutS * 1000 * PUNCTUAL - spentMs));
    const patience: Patience = { over: false, trouble: undefined };
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      patience.over = true;
      const cause = patience.trouble;
      reject(
        new OperationalError(`the broker ${label} did not take the call within ${timeoutS} s`, { cause }),
      );
    }, leftMs);
    try {
      await Promise.race([this.#tryUntilTaken(messages, retry, patience, tx), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The messages as the broker takes them, and their queues declared: for whoever publishes them in another way.
   * @throws DriverError
   */
  async ready(messages: readonly OutgoingMessage[]): Promise<readonly OutgoingMessage[]> {
    if (!messages.every(({ queue }) => this.#declared.has(queue))) await this.#declare(messages);
    return this.#broker.traits.foreignPeers ? messages.map(ready) : messages;
  }

  async #tryUntilTaken(
    messages: readonly OutgoingMessage[],
    retry: boolean,
    patience: Patience,
    tx: object | undefined,
  ): Promise<void> {
    const policy = retry ? this.#options.policy : undefined;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const sent = await this.ready(messages);
        return await this.#broker.publish(sent, tx === undefined ? {} : { tx });
      } catch (error) {
        if (!(error instanceof DriverError)) throw error;
        patience.trouble = error;
        const mayRetry = policy && (policy.maxRetries === null || attempt < policy.maxRetries);
        if (error.code !== 'unavailable' || !mayRetry) throw this.#refused(error);
        const waitS = Math.min(policy.intervalMax, policy.intervalStart + attempt * policy.intervalStep);
        // Does not keep the process alive: the timeout of the publish does, as long as anybody waits.
        await sleep(waitS * 1000, undefined, { ref: false });
        if (patience.over) return;
      }
    }
  }

  #refused(error: DriverError): OperationalError {
    return new OperationalError(`the broker ${this.#options.label} did not take the call: ${error.message}`, {
      cause: error,
    });
  }

  async #declare(messages: readonly OutgoingMessage[]): Promise<void> {
    const names = new Set(messages.map(({ queue }) => queue).filter((queue) => !this.#declared.has(queue)));
    const known = new Map(this.#options.queues.map((spec) => [spec.name, spec]));
    await this.#broker.declare([...names].map((name) => known.get(name) ?? { name }));
    for (const name of names) this.#declared.add(name);
  }
}

/** The message as Celery's own workers take it: ready at once, its `eta` in the headers, which they heed. */
function ready(message: OutgoingMessage): OutgoingMessage {
  if (message.notBefore === undefined) return message;
  return { queue: message.queue, envelope: message.envelope };
}
