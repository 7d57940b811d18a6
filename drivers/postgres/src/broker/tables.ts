import type {
  BrokerTraits,
  DelayedMessage,
  Delivery,
  Envelope,
  OutgoingMessage,
  QueueDepth,
  Settlement,
} from '@lovage/contracts';
import type { Queues } from './queues.ts';
import type { Receipt } from './receipts.ts';

/* What a broker needs of the tables that hold its messages: ours, or those of kombu (@lovage/kombu-sql). */

/** A settlement of what is out, and where that is. */
export interface Held {
  readonly settlement: Settlement;
  readonly at: Receipt;
}

/** Answers the receipts that were still held; the rest did nothing. */
export type Settle = (settlements: readonly Held[]) => Promise<ReadonlySet<string>>;

/** A row that was claimed. */
export interface TakenRow {
  readonly id: number;
  /** By number. */
  readonly queue: number;
  /** Where the row is, as far as that stays true while it is claimed; '' where it is found by its id. */
  readonly place: string;
}

export interface Taken<Row extends TakenRow> {
  readonly rows: readonly Row[];
  /** There was something, but the lease is over. */
  readonly leaseless: boolean;
}

/** Claims the heads of queues for one consumer. */
export interface Heads<Row extends TakenRow> {
  take(queues: readonly number[], max: number, lease: number, leaseMs: number): Promise<Taken<Row>>;
  /** Something came in front. */
  rewind(): void;
}

/** Leases by number. Those who answer queues say where something became ready. */
export interface Leases {
  /** A new lease for a consumer that has none, or whose lease was taken from it. */
  open(consumer: string, leaseMs: number): Promise<number>;
  /** Moves their ends, never to an earlier time. Answers those that are not over. */
  extend(leases: Iterable<number>, leaseMs: number): Promise<ReadonlySet<number>>;
  /** Gives back what is held under them, uncounted. */
  end(leases: Iterable<number>): Promise<readonly number[]>;
  /** Gives back what is claimed under a lease, but for the messages that its owner knows of. */
  free(lease: number, known: readonly number[]): Promise<readonly number[]>;
}

export interface Upkept {
  /** Something became ready. */
  readonly moved: boolean;
  /** Epoch ms when there may be something to do again, by the clock alone. */
  readonly nextAt: number;
}

/** What consumers need. */
export interface ClaimTables<Row extends TakenRow> {
  readonly queues: Queues;
  readonly leases: Leases;
  readonly settle: Settle;
  heads(): Heads<Row>;
  /** The message in a row. */
  read(row: Row): Pick<Delivery, 'envelope' | 'fault' | 'deliveries' | 'redelivered'>;
  /** Makes ready what is due, and gives back what nobody works on any more. */
  keepUp(queues: readonly number[]): Promise<Upkept>;
  /** Tells who waits of queues in which something became ready. */
  announceReady(queues: Iterable<number>): void;
}

/** What a broker needs besides; each of the last takes a queue by its number. */
export interface BrokerTables<Row extends TakenRow> extends ClaimTables<Row> {
  readonly traits: BrokerTraits;
  /** Under which processes tell each other of messages. */
  readonly topic: string;
  publish(messages: readonly OutgoingMessage[], tx: unknown): Promise<void>;
  depths(names: readonly string[], ids: ReadonlyMap<string, number>): Promise<QueueDepth[]>;
  peek(queue: number, limit: number): Promise<Envelope[]>;
  delayed(queue: number, limit: number): Promise<DelayedMessage[]>;
  hasten(queue: number, limit: number): Promise<number>;
  purge(queue: number): Promise<number>;
  trim(queue: number, keep: number): Promise<number>;
  /** Resolves once what nobody waits for is over. */
  finish?(): Promise<void>;
}
