import {
  type Broker,
  type BrokerTraits,
  type ConsumeOptions,
  type Consumer,
  type DelayedMessage,
  DriverError,
  type Envelope,
  type OutgoingMessage,
  type QueueDepth,
  type QueueSpec,
} from '@lovage/contracts';
import type { Link } from '../connection/link.ts';
import type { Transport } from '../options/transport.ts';
import { AmqpConsumer } from './consumer.ts';
import { DELAY_PRECISION_MS, Delays } from './delays.ts';
import { depthOf, peek, trimLeastUrgent, trimOldest, unlessMissing } from './look.ts';
import { Publisher } from './publisher.ts';
import { Topology } from './topology.ts';

export interface BrokerParts {
  /** Publishes, declares, looks. */
  readonly publishing: Link;
  /** Consumes: a broker short of memory stops a connection that publishes, and with it its acknowledgements. */
  readonly consuming: Link;
  readonly transport: Transport;
  /** Called before messages are sent: results of their tasks may come back before the call has ended. */
  readonly beforePublish: (messages: readonly OutgoingMessage[]) => Promise<void>;
  readonly log: (level: 'info' | 'warn', message: string) => void;
  readonly onClose: () => void;
}

/** Queues as Celery declares them, shared with Python's producers and workers. */
export class AmqpBroker implements Broker {
  readonly traits: BrokerTraits;
  readonly #parts: BrokerParts;
  readonly #topology: Topology;
  readonly #publisher: Publisher;
  readonly #consumers = new Set<Consumer>();
  #closed = false;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    const { publishing, transport, log } = parts;
    this.#topology = new Topology(publishing, transport, log);
    this.#publisher = new Publisher(
      publishing,
      this.#topology,
      new Delays(publishing, transport.delayedQueueType),
    );
    this.traits = {
      lease: 'connection',
      priorities: transport.maxPriority !== undefined,
      unprioritised: 'last',
      delayPrecisionMs: DELAY_PRECISION_MS,
      atomicFollowUps: false,
      atomicResults: false,
      seesHidden: false,
      // Python knows nothing of what is parked, but need not: RabbitMQ itself puts it into its queue when it is due.
      foreignPeers: false,
      countsCrashes: false,
    };
  }

  async declare(queues: readonly QueueSpec[]): Promise<void> {
    this.#refuseAfterClose();
    await this.#topology.declare(queues);
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    this.#refuseAfterClose();
    await this.#parts.beforePublish(messages);
    await this.#publisher.publish(messages);
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    this.#refuseAfterClose();
    const { consuming, transport, log } = this.#parts;
    await consuming.ready();
    const consumer: Consumer = new AmqpConsumer(
      {
        link: consuming,
        topology: this.#topology,
        publisher: this.#publisher,
        answerWithinMs: transport.consumerTimeoutMs,
        log,
        onClose: () => this.#consumers.delete(consumer),
      },
      options,
    );
    this.#consumers.add(consumer);
    return consumer;
  }

  async depth(queues: readonly string[]): Promise<readonly QueueDepth[]> {
    this.#refuseAfterClose();
    return Promise.all(queues.map((queue) => depthOf(this.#parts.publishing, queue)));
  }

  async peek(queue: string, limit: number): Promise<readonly Envelope[]> {
    this.#refuseAfterClose();
    return limit > 0 ? peek(this.#parts.publishing, queue, limit) : [];
  }

  async delayed(): Promise<readonly DelayedMessage[]> {
    this.#refuseAfterClose();
    return [];
  }

  async hasten(): Promise<number> {
    this.#refuseAfterClose();
    return 0;
  }

  async purge(queue: string): Promise<number> {
    this.#refuseAfterClose();
    return unlessMissing(
      this.#parts.publishing,
      0,
      async (channel) => (await channel.purgeQueue(queue)).messageCount,
    );
  }

  async trim(queue: string, keep: number): Promise<number> {
    this.#refuseAfterClose();
    const trim = this.traits.priorities ? trimLeastUrgent : trimOldest;
    return trim(this.#parts.publishing, queue, Math.max(0, keep));
  }

  /** Close the consumers: what they hold goes back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closing = await Promise.allSettled([...this.#consumers].map((consumer) => consumer.close()));
    for (const each of closing) if (each.status === 'rejected') this.#parts.log('warn', String(each.reason));
    this.#parts.onClose();
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this broker has been closed');
  }
}
