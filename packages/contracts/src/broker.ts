import type { Envelope, OutgoingMessage } from './envelope.ts';
import type { ResultRecord } from './results.ts';

/**
 * Moves envelopes from publishers to one consumer each, at least once.
 * Drivers reconnect by themselves: while the service is away `claim` waits
 * and every other call rejects with DriverError 'unavailable' within the driver's publish timeout.
 */
export interface Broker {
  readonly traits: BrokerTraits;

  /** Make the queues exist. Idempotent and safe to race. */
  declare(queues: readonly QueueSpec[]): Promise<void>;

  /** Resolves once every message is durable. One call keeps its order per queue and priority. */
  publish(messages: readonly OutgoingMessage[], options?: PublishOptions): Promise<void>;

  /** Start taking deliveries. */
  consume(options: ConsumeOptions): Promise<Consumer>;

  /** Counts per queue, in the order asked. An unknown queue counts zero. */
  depth(queues: readonly string[]): Promise<readonly QueueDepth[]>;

  /** The first `limit` ready messages, next to be claimed first, left where they are. */
  peek(queue: string, limit: number): Promise<readonly Envelope[]>;

  /**
   * The first `limit` delayed messages, the soonest first, left where they are; [] where `traits.seesHidden` is false.
   * One that has fallen due is here or in `peek`: here for as long as nobody has made it ready.
   */
  delayed(queue: string, limit: number): Promise<readonly DelayedMessage[]>;

  /**
   * Make the first `limit` delayed messages ready now, the soonest first; returns how many. Nothing is delayed where
   * `traits.seesHidden` is false. For moving a queue elsewhere: whoever takes one early looks at its `eta`, and defers it.
   */
  hasten(queue: string, limit: number): Promise<number>;

  /** Drop what is ready or delayed, leave what is claimed. Returns how many went. */
  purge(queue: string): Promise<number>;

  /**
   * Keep `keep` of the ready messages and drop the rest: the least urgent first, the oldest of these. Leaves what is
   * delayed or claimed. Safe to race: several at once drop no more than one would. Returns how many went.
   */
  trim(queue: string, keep: number): Promise<number>;

  /** What its exchanges are bound to, for operators. Left out where queues are reached by their names alone. */
  bindings?(): Promise<readonly Binding[]>;

  /** Release connections. Consumers are closed first. Calls after it reject with 'closed'. */
  close(): Promise<void>;
}

export interface Consumer {
  /**
   * Up to `max` deliveries. Waits until there is at least one;
   * resolves `[]` when the signal aborts. One call at a time.
   */
  claim(max: number, signal: AbortSignal): Promise<readonly Delivery[]>;

  /** Push every lease to now + leaseMs. Returns those that are no longer ours: stop their work. */
  renew(deliveries: readonly Delivery[]): Promise<readonly Delivery[]>;

  /** Finish deliveries. Returns those whose lease had already gone: their settlement did nothing. */
  settle(settlements: readonly Settlement[]): Promise<readonly Delivery[]>;

  /** Replace the set of queues claimed from. */
  subscribe(queues: readonly string[]): Promise<void>;

  /** Stop claiming and release everything unsettled at once. */
  close(): Promise<void>;
}

export interface PublishOptions {
  /**
   * A transaction of the caller's in the database that is this broker: the messages exist exactly when it commits.
   * Only where `traits.transactions`. Resolves once they are in it; rejects with DriverError 'refused' for what is none.
   */
  readonly tx?: unknown;
}

export interface DelayedMessage {
  readonly envelope: Envelope;
  /** Epoch ms. */
  readonly notBefore: number;
}

export interface Delivery {
  readonly queue: string;
  readonly envelope: Envelope;
  /** 1 + how often it was lost: its lease lapsed, or it was released as `lost`. */
  readonly deliveries: number;
  /** It has been out before, for whatever reason. */
  readonly redelivered: boolean;
  /** Set when the driver could not read what the service held; `envelope.body` is then the raw bytes. */
  readonly fault?: string;
  /** Opaque to the core. */
  readonly receipt: string;
}

export type Settlement =
  /**
   * Remove it. `records` are stored and `followUps` durable before the removal is visible;
   * `records` only where `traits.atomicResults`.
   */
  | {
      readonly kind: 'done';
      readonly delivery: Delivery;
      readonly followUps?: readonly OutgoingMessage[];
      readonly records?: readonly ResultRecord[];
    }
  /**
   * Give it back near the head of its queue: it need not be the very next, but never waits behind the backlog.
   * `lost` counts it: its worker died under it.
   */
  | { readonly kind: 'release'; readonly delivery: Delivery; readonly lost?: boolean }
  /** Hide it again until `notBefore` (epoch ms): it was taken before its time. It comes back as if it had never been out. */
  | { readonly kind: 'defer'; readonly delivery: Delivery; readonly notBefore: number }
  /** Refuse it for good: to the dead-letter queue if the queue has one, else dropped. */
  | { readonly kind: 'reject'; readonly delivery: Delivery };

export interface ConsumeOptions {
  /** Unique among all living consumers. */
  readonly consumer: string;
  readonly queues: readonly string[];
  /** Most deliveries held unsettled at once. A ceiling on claims, a prefetch for push brokers. */
  readonly prefetch: number;
  /** How long a claim lasts without renewal. Ignored where traits.lease is 'connection'. */
  readonly leaseMs: number;
}

export interface QueueSpec {
  readonly name: string;
  readonly deadLetter?: string;
}

/** A queue gets what is sent to the exchange with this routing key. */
export interface Binding {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
}

export interface QueueDepth {
  readonly queue: string;
  readonly ready: number;
  readonly delayed: number;
  readonly claimed: number;
}

/** Facts the core and the exam may branch on. Nothing else may vary between drivers. */
export interface BrokerTraits {
  /** 'timed': a silent consumer loses its claims after leaseMs. 'connection': when its connection drops. */
  readonly lease: 'timed' | 'connection';
  /** Honours Envelope.priority. */
  readonly priorities: boolean;
  /**
   * How urgent a message without priority is: 'last', like 0 (the default of AMQP and of our own stores),
   * or 'first', like 9 (Redis, where Celery writes 0 and the lowest number goes first).
   */
  readonly unprioritised: 'first' | 'last';
  /** A delayed message may arrive this much late, never early. */
  readonly delayPrecisionMs: number;
  /** 'done' with `followUps` is one transaction; otherwise a crash between can duplicate `followUps`. */
  readonly atomicFollowUps: boolean;
  /** 'done' takes `records` and stores them in the same transaction. */
  readonly atomicResults: boolean;
  /**
   * Consumers that know nothing of `notBefore` may serve the same queues (Celery's own workers, on Redis).
   * A sender then leaves what is not due ready, with its `eta` in the headers, and whoever takes it early keeps it:
   * Python in memory, a worker of ours by parking it here.
   */
  readonly foreignPeers: boolean;
  /** Delayed and claimed messages can be counted and purged, not only ready ones. */
  readonly seesHidden: boolean;
  /**
   * A consumer that vanishes is counted in `deliveries` as a loss. Otherwise such a delivery is only `redelivered`, and
   * what is released as `lost` is all that counts: RabbitMQ does not say why a message came back.
   */
  readonly countsCrashes: boolean;
  /** `publish` takes `tx`. */
  readonly transactions?: boolean;
}
