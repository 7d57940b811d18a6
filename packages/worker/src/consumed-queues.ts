import type { Broker, Consumer, QueueSpec } from '@lovage/contracts';

/** The queues that a worker consumes now: remote control adds to them and takes away. */
export class ConsumedQueues {
  readonly #broker: Broker;
  readonly #consumer: Consumer;
  readonly #queues: Map<string, QueueSpec>;

  constructor(broker: Broker, consumer: Consumer, queues: readonly QueueSpec[]) {
    this.#broker = broker;
    this.#consumer = consumer;
    this.#queues = new Map(queues.map((queue) => [queue.name, queue]));
  }

  list(): readonly QueueSpec[] {
    return [...this.#queues.values()];
  }

  get names(): readonly string[] {
    return [...this.#queues.keys()];
  }

  /** Makes it exist and claims from it too. Also when it is consumed already. */
  async add(queue: QueueSpec): Promise<void> {
    await this.#broker.declare([queue]);
    this.#queues.set(queue.name, queue);
    await this.#consumer.subscribe(this.names);
  }

  /** Claims from it no more; what was claimed is finished. Also when it is not consumed. */
  async cancel(name: string): Promise<void> {
    this.#queues.delete(name);
    await this.#consumer.subscribe(this.names);
  }
}
