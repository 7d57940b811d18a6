import {
  DriverError,
  type OutgoingMessage,
  type ResultBackend,
  type ResultRecord,
  type ResultTraits,
  type ResultWatch,
} from '@lovage/contracts';
import { Backoff, Watchers } from '@lovage/contracts/kit';
import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Link } from '../connection/link.ts';
import { readRecord } from './record.ts';

const TRAITS: ResultTraits = { shared: false, durable: false };
/** What nobody fetched is kept this long, and so is a queue whose process is away: Celery's result_expires. */
const KEPT_MS = 86_400_000;
const FINAL_SUCCESS = 'SUCCESS';

/** So many results may be under way to here at a time. */
const UNSEEN_MOST = 1000;

export interface RpcParts {
  readonly publishing: Link;
  readonly listening: Link;
  readonly log: (level: 'warn', message: string) => void;
  readonly onClose: () => void;
}

/** Celery's `rpc://`: results travel to the queue of whoever sent the task, and are kept in his memory. */
export class RpcResults implements ResultBackend {
  readonly traits = TRAITS;
  readonly replyTo: string = crypto.randomUUID();
  readonly #parts: RpcParts;
  readonly #watchers: Watchers;
  readonly #closing = new AbortController();
  /** By task; the oldest first. */
  readonly #arrived = new Map<string, { readonly record: ResultRecord; readonly atMs: number }>();
  #sending: Promise<ConfirmChannel> | undefined;
  #listening: Promise<void> | undefined;
  #channel: Channel | undefined;

  constructor(parts: RpcParts) {
    this.#parts = parts;
    this.#watchers = new Watchers({
      subscribe: () => this.#listen(),
      unsubscribe: async () => undefined,
      current: async (ids) => this.#known(ids).values(),
    });
  }

  /** Have the queue that results come to before anything is sent that asks for them. */
  async before(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.some(({ envelope }) => envelope.replyTo === this.replyTo)) await this.#listen();
  }

  async store(records: readonly ResultRecord[]): Promise<void> {
    this.#refuseAfterClose();
    const addressed = records.filter(({ replyTo }) => replyTo);
    if (addressed.length === 0) return;
    const { publishing } = this.#parts;
    const channel = await this.#open();
    const sent = addressed.map(
      ({ taskId, payload, replyTo }) =>
        new Promise<void>((resolve, reject) => {
          const properties = {
            correlationId: taskId,
            contentType: 'application/json',
            contentEncoding: 'utf-8',
            deliveryMode: 1,
            priority: 0,
          };
          const body = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
          channel.publish('', replyTo!, body, properties, (error) => (error ? reject(error) : resolve()));
        }),
    );
    await publishing.answered(Promise.all(sent));
  }

  async fetch(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultRecord>> {
    this.#refuseAfterClose();
    await this.#listen();
    return this.#known(taskIds);
  }

  async watch(onRecord: (record: ResultRecord) => void): Promise<ResultWatch> {
    this.#refuseAfterClose();
    return this.#watchers.watch(onRecord);
  }

  async forget(taskIds: readonly string[]): Promise<void> {
    this.#refuseAfterClose();
    for (const id of taskIds) this.#arrived.delete(id);
  }

  async sweep(): Promise<number> {
    this.#refuseAfterClose();
    return 0;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) {
      const { listening } = this.#parts;
      await listening.answered(channel.deleteQueue(this.replyTo)).catch(() => undefined);
      await listening.answered(channel.close()).catch(() => undefined);
    }
    this.#parts.onClose();
  }

  #known(taskIds: readonly string[]): ReadonlyMap<string, ResultRecord> {
    const found = new Map<string, ResultRecord>();
    for (const id of taskIds) {
      const arrived = this.#arrived.get(id);
      if (arrived) found.set(id, arrived.record);
    }
    return found;
  }

  /** Resolves once what is sent here is heard. */
  #listen(): Promise<void> {
    this.#listening ??= this.#consume().catch((error) => {
      this.#listening = undefined;
      throw error;
    });
    return this.#listening;
  }

  async #consume(): Promise<void> {
    const { listening } = this.#parts;
    const channel = await listening.channel();
    // Kept through a break of the connection, unlike Celery's, and gone when nobody has come back for long.
    await listening.answered(
      channel.assertQueue(this.replyTo, { durable: true, autoDelete: false, expires: KEPT_MS }),
    );
    await listening.answered(channel.prefetch(UNSEEN_MOST));
    const seen = acknowledgeLatest(channel);
    await listening.answered(
      channel.consume(this.replyTo, (message) => {
        this.#arrive(message);
        if (message) seen(message);
      }),
    );
    this.#channel = channel;
    channel.on('close', () => {
      if (this.#channel !== channel) return;
      this.#channel = undefined;
      this.#listening = undefined;
      void this.#listenAgain();
    });
  }

  async #listenAgain(): Promise<void> {
    const { signal } = this.#closing;
    const backoff = new Backoff({ baseMs: 50, maxMs: 2_000 });
    while (!signal.aborted) {
      try {
        return await this.#listen();
      } catch (error) {
        if (error instanceof DriverError && error.code === 'closed') return;
        if (backoff.attempts === 0) this.#parts.log('warn', `no results are heard for now: ${String(error)}`);
        await backoff.wait(signal);
      }
    }
  }

  #arrive(message: ConsumeMessage | null): void {
    if (!message || this.#closing.signal.aborted) return;
    let record: ResultRecord;
    try {
      record = readRecord(message.properties.correlationId, message.content);
    } catch (error) {
      this.#parts.log('warn', `a result was left out: ${String(error)}`);
      return;
    }
    const { taskId } = record;
    if (this.#arrived.get(taskId)?.record.state === FINAL_SUCCESS) return;
    const atMs = Date.now();
    this.#arrived.delete(taskId);
    this.#arrived.set(taskId, { record, atMs });
    for (const [id, each] of this.#arrived) {
      if (each.atMs > atMs - KEPT_MS) break;
      this.#arrived.delete(id);
    }
    this.#watchers.deliver(record);
  }

  #open(): Promise<ConfirmChannel> {
    this.#sending ??= this.#openSending().catch((error) => {
      this.#sending = undefined;
      throw error;
    });
    return this.#sending;
  }

  async #openSending(): Promise<ConfirmChannel> {
    const channel = await this.#parts.publishing.confirmChannel();
    channel.on('close', () => {
      this.#sending = undefined;
    });
    return channel;
  }

  #refuseAfterClose(): void {
    if (this.#closing.signal.aborted) throw new DriverError('closed', 'these results have been closed');
  }
}

/**
 * What was under way when a connection broke is sent again, for it was not acknowledged. (Celery's clients lose it.)
 * One acknowledgement is for all that came in the same turn.
 */
function acknowledgeLatest(channel: Channel): (message: ConsumeMessage) => void {
  let latest: ConsumeMessage | undefined;
  return (message) => {
    if (!latest) {
      setImmediate(() => {
        const upTo = latest!;
        latest = undefined;
        try {
          channel.ack(upTo, true);
        } catch {
          // Closed meanwhile: they come again.
        }
      });
    }
    latest = message;
  };
}
