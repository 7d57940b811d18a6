import type { Kysely, Transaction } from 'kysely';
import { type CallerTransaction, runIn } from './caller-transaction.ts';
import { type CleanupReport, cleanup } from './cleanup.ts';
import { type DeliveryReport, deliver } from './deliver.ts';
import { Endpoints } from './endpoints.ts';
import { newEvent } from './event.ts';
import {
  type DeliveryView,
  type EventQuery,
  type EventView,
  listDeliveries,
  listEvents,
  redeliver,
} from './inspect.ts';
import { type OutboxConfig, type OutboxOptions, readOptions } from './options.ts';
import type { OutboxTables } from './schema.ts';
import { OutboxStore } from './store.ts';

export interface EmitOptions {
  /** An event of the same type and key is written once, however often it is emitted, until `cleanup` has deleted it. */
  readonly idempotencyKey?: string;
}

/**
 * A transactional outbox: events are rows of the transaction that caused them, and reach webhook endpoints at least once, however
 * processes end in between.
 *
 * @example
 * const outbox = new Outbox(db, { afterCommit: () => deliverOutboxEvents.delay() });
 * await outbox.transaction(async (trx) => {
 *   await trx.insertInto('files').values(file).execute();
 *   await outbox.emit(trx, 'file.uploaded', { id: file.id }, { idempotencyKey: file.id });
 * });
 */
export class Outbox<Schema> {
  /** Who is sent which events. */
  readonly endpoints: Endpoints;
  readonly #db: Kysely<Schema>;
  readonly #store: OutboxStore;
  readonly #config: OutboxConfig;
  readonly #afterCommit: (() => unknown) | undefined;
  readonly #onError: (error: Error) => void;
  /** The transactions of `transaction` in which something was emitted. */
  readonly #emitted = new WeakSet<object>();

  /**
   * @param db the database that the events are part of: PostgreSQL, or SQLite whose transactions begin with `begin immediate`, as
   *   those of `openDatabase` of `@lovage/kysely` do
   * @throws TypeError or RangeError for an option that is none
   */
  constructor(db: Kysely<Schema>, options: OutboxOptions = {}) {
    this.#db = db;
    this.#config = readOptions(options);
    this.#store = new OutboxStore(db as unknown as Kysely<OutboxTables>, options.now);
    this.#afterCommit = options.afterCommit;
    this.#onError = options.onError ?? ((error) => process.emitWarning(error));
    this.endpoints = new Endpoints(this.#store, this.#config);
  }

  /** Brings the outbox's tables up to date. Any number of processes may ask at once. */
  async migrate(): Promise<void> {
    await this.#store.migrate();
  }

  /**
   * Writes an event as a part of the caller's transaction: it happens if that is committed, and not otherwise. Answers its id, which
   * receivers get as `webhook-id`; the same for the same idempotency key.
   *
   * @param data what JSON can hold
   * @throws TypeError or RangeError for a type, a key, data or a transaction that cannot be taken
   */
  async emit(
    tx: CallerTransaction,
    type: string,
    data: unknown,
    { idempotencyKey }: EmitOptions = {},
  ): Promise<string> {
    const event = newEvent(type, data, idempotencyKey, this.#config.maxPayloadBytes);
    const statement = this.#store.db
      .insertInto('outbox_events')
      .values({
        id: event.id,
        type,
        payload: event.payload,
        idempotency_key: event.idempotencyKey,
        created_at: this.#store.given((this.#config.now ?? Date.now)()),
        finished_at: null,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .compile();
    await runIn(tx, statement, this.#store.postgres);
    this.#emitted.add(tx);
    return event.id;
  }

  /** A transaction of the database, and after it the fast path, if something was emitted in it. */
  async transaction<Result>(work: (trx: Transaction<Schema>) => Promise<Result>): Promise<Result> {
    let begun: Transaction<Schema> | undefined;
    const result = await this.#db.transaction().execute((trx) => {
      begun = trx;
      return work(trx);
    });
    if (begun && this.#emitted.has(begun)) await this.committed();
    return result;
  }

  /** Takes the fast path: for who began and committed a transaction without `transaction`. Never rejects. */
  async committed(): Promise<void> {
    try {
      await this.#afterCommit?.();
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#onError(
        new Error(`outbox: the fast path failed, the sweep will deliver: ${cause.message}`, { cause }),
      );
    }
  }

  /**
   * One sweep: tries a batch of the deliveries that are due. Any number may run at once, in as many processes: none tries what
   * another is trying. Rejects only when the database fails; what was under way is then tried again when its lease has lapsed.
   */
  async deliver(): Promise<DeliveryReport> {
    return await deliver(this.#store, this.#config);
  }

  /** Deletes one batch of events that were delivered, or failed, long ago. */
  async cleanup(): Promise<CleanupReport> {
    return await cleanup(this.#store, this.#config);
  }

  /** The newest events first. */
  async events(query: EventQuery = {}): Promise<EventView[]> {
    return await listEvents(this.#store, query);
  }

  /** The deliveries of one event. */
  async deliveries(eventId: string): Promise<DeliveryView[]> {
    return await listDeliveries(this.#store, eventId);
  }

  /** Begins again with the failed deliveries of an event. Answers how many there were. */
  async redeliver(eventId: string): Promise<number> {
    return await redeliver(this.#store, eventId);
  }
}
