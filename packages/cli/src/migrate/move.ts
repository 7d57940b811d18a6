import { hostname } from 'node:os';
import type { Consumer, Delivery, Settlement } from '@lovage/contracts';
import { countWaiting } from './endpoint.ts';
import { BATCH, deliver, type Job, Tally } from './job.ts';
import { knownOf, outgoing } from './messages.ts';

const LEASE_MS = 30_000;
/** No limit but the machine's: what is passed over is held until the end. */
const PREFETCH = 1_000_000_000;

/**
 * Takes messages from the source and puts them to the destination: each is durable there before it is taken away
 * here. Whoever dies in between leaves some on both sides, and none on neither.
 *
 * What is delayed is made ready first, a batch at a time, for only then can it be claimed; a worker of the source that
 * gets hold of it puts it back.
 */
export async function moveMessages(job: Job): Promise<Tally> {
  const { source, routes } = job;
  const consumer = await source.broker.consume({
    consumer: `migrate:${hostname()}:${crypto.randomUUID()}`,
    queues: [...routes.keys()],
    prefetch: PREFETCH,
    leaseMs: LEASE_MS,
  });
  const mover = new Mover(job, consumer);
  try {
    await mover.run();
    return mover.tally;
  } finally {
    await mover.giveBack();
    await consumer.close();
  }
}

class Mover {
  readonly tally = new Tally();
  readonly #job: Job;
  readonly #consumer: Consumer;
  /** Claimed, and not to be moved or not moved yet. */
  readonly #held = new Set<Delivery>();
  /** When those are due that were made ready before their time, by id. */
  readonly #due = new Map<string, number>();
  readonly #renewing: NodeJS.Timeout;

  constructor(job: Job, consumer: Consumer) {
    this.#job = job;
    this.#consumer = consumer;
    this.#renewing = setInterval(() => void this.#renew(), LEASE_MS / 3);
  }

  async run(): Promise<void> {
    const { limit, signal, onProgress } = this.#job;
    while (this.tally.total < limit && !signal.aborted) {
      const wanted = Math.min(BATCH, limit - this.tally.total);
      const claimed = await this.#claim(wanted);
      if (claimed.length === 0) {
        if (await this.#isOver()) return;
        continue;
      }
      await this.#move(claimed);
      onProgress(this.tally);
      // The ready ones are almost done.
      if (claimed.length < wanted) await this.#hasten();
    }
  }

  /** Back to where they were: to the head of their queue, or hidden until they are due. */
  async giveBack(): Promise<void> {
    clearInterval(this.#renewing);
    const settlements = [...this.#held].map((delivery): Settlement => {
      const notBefore = this.#dueOf(delivery);
      const early = notBefore !== undefined && notBefore > Date.now();
      return early ? { kind: 'defer', delivery, notBefore } : { kind: 'release', delivery };
    });
    this.#held.clear();
    if (settlements.length > 0) await this.#consumer.settle(settlements);
  }

  async #claim(most: number): Promise<readonly Delivery[]> {
    const { signal, timeoutMs } = this.#job;
    const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const claimed = await this.#consumer.claim(most, patience);
    for (const delivery of claimed) this.#held.add(delivery);
    return claimed;
  }

  async #move(claimed: readonly Delivery[]): Promise<void> {
    const moving = claimed.filter((delivery) => this.#isWanted(delivery));
    const { routes, destination, timezone } = this.#job;
    const messages = moving.map((delivery) => {
      const { queue, envelope } = delivery;
      const { eta } = knownOf(envelope, timezone);
      const to = routes.get(queue) ?? queue;
      return outgoing(to, envelope, { eta, dueMs: this.#due.get(envelope.id) }, destination.broker.traits);
    });
    await deliver(this.#job, messages);
    const late = await this.#consumer.settle(moving.map((delivery) => ({ kind: 'done', delivery })));
    this.tally.twice += late.length;
    for (const delivery of moving) {
      this.#held.delete(delivery);
      this.#due.delete(delivery.envelope.id);
      this.tally.add(delivery.queue, 1);
    }
  }

  #isWanted({ envelope, fault }: Delivery): boolean {
    const { tasks, timezone } = this.#job;
    if (fault !== undefined) {
      this.tally.unreadable += 1;
      return false;
    }
    const { task } = knownOf(envelope, timezone);
    if (!tasks || (task !== undefined && tasks.has(task))) return true;
    this.tally.passedOver += 1;
    return false;
  }

  /** Makes some of what is delayed ready. Answers how many. */
  async #hasten(): Promise<number> {
    const { broker } = this.#job.source;
    let hastened = 0;
    for (const queue of this.#job.routes.keys()) {
      for (const { envelope, notBefore } of await broker.delayed(queue, BATCH)) {
        this.#due.set(envelope.id, notBefore);
      }
      hastened += await broker.hasten(queue, BATCH);
    }
    return hastened;
  }

  /** Nothing came for as long as it was to wait. Where the source is away, that is no end but a failure. */
  async #isOver(): Promise<boolean> {
    const { source, routes, forever, signal } = this.#job;
    if (signal.aborted) return true;
    const { waiting } = await countWaiting(source, [...routes.keys()]);
    if (waiting > 0) {
      await this.#hasten();
      return false;
    }
    return !forever;
  }

  #dueOf({ envelope }: Delivery): number | undefined {
    return this.#due.get(envelope.id) ?? knownOf(envelope, this.#job.timezone).eta;
  }

  /** One that is lost goes to somebody else, and is told of when it is settled. */
  async #renew(): Promise<void> {
    const lost = await this.#consumer.renew([...this.#held]).catch(() => []);
    for (const delivery of lost) this.#held.delete(delivery);
  }
}
