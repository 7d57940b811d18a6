import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, OutgoingMessage, QueueSpec } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { RetryPolicy } from '../config/checked-values.ts';
import { OperationalError } from '../errors.ts';

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
   * @throws OperationalError when that is not known in time; some messages may have arrived then
   */
  async publish(messages: readonly OutgoingMessage[], retry = true): Promise<void> {
    const { timeoutS, label } = this.#options;
    const giveUp = new AbortController();
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    let lastError: unknown;
    const timer = setTimeout(() => {
      giveUp.abort();
      reject(
        new OperationalError(`the broker ${label} did not take the call within ${timeoutS} s`, {
          cause: lastError,
        }),
      );
    }, timeoutS * 1000);
    try {
      const work = this.#tryUntilTaken(messages, retry, giveUp.signal, (error) => {
        lastError = error;
      });
      await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #tryUntilTaken(
    messages: readonly OutgoingMessage[],
    retry: boolean,
    giveUp: AbortSignal,
    onTrouble: (error: unknown) => void,
  ): Promise<void> {
    const policy = retry ? this.#options.policy : undefined;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#declare(messages);
        return await this.#broker.publish(this.#broker.traits.foreignPeers ? messages.map(ready) : messages);
      } catch (error) {
        if (!(error instanceof DriverError)) throw error;
        onTrouble(error);
        const mayRetry = policy && (policy.maxRetries === null || attempt < policy.maxRetries);
        if (error.code !== 'unavailable' || !mayRetry || giveUp.aborted) throw this.#refused(error);
        const waitS = Math.min(policy.intervalMax, policy.intervalStart + attempt * policy.intervalStep);
        await sleep(waitS * 1000, undefined, { signal: giveUp }).catch(() => {});
        if (giveUp.aborted) throw this.#refused(error);
      }
    }
  }

  #refused(error: DriverError): OperationalError {
    return new OperationalError(`the broker ${this.#options.label} did not take the call: ${error.message}`, {
      cause: error,
    });
  }

  async #declare(messages: readonly OutgoingMessage[]): Promise<void> {
    const [first] = messages;
    if (!first || (messages.length === 1 && this.#declared.has(first.queue))) return;
    const names = new Set(messages.map(({ queue }) => queue).filter((queue) => !this.#declared.has(queue)));
    if (names.size === 0) return;
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
