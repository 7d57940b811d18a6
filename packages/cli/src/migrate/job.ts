import type { OutgoingMessage } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { Backoff } from '@lovage/contracts/kit';
import type { Endpoint } from './endpoint.ts';
import type { QueueRoutes } from './routes.ts';

/** Messages that travel together. */
export const BATCH = 200;
/** A destination that is away is waited for so long. */
const PATIENCE_MS = 60_000;

/** What is to be done. */
export interface Job {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly routes: QueueRoutes;
  /** Only these tasks; undefined: whatever there is. */
  readonly tasks: ReadonlySet<string> | undefined;
  /** At most so many messages. */
  readonly limit: number;
  /** How long to wait for more once there are none. */
  readonly timeoutMs: number;
  readonly forever: boolean;
  /** For an `eta` without an offset. */
  readonly timezone: string;
  /** Somebody has asked for an end. */
  readonly signal: AbortSignal;
  /** So many more have arrived. */
  readonly onProgress: (tally: Tally) => void;
}

/** What has been done. */
export class Tally {
  total = 0;
  /** By queue of the source. */
  readonly byQueue = new Map<string, number>();
  /** Left where they are: other tasks than those asked for. */
  passedOver = 0;
  /** Left where they are: no messages of kombu's. */
  unreadable = 0;
  /** Somebody else took them before they could be taken away here: they are on both sides. */
  twice = 0;

  add(queue: string, count: number): void {
    this.total += count;
    this.byQueue.set(queue, (this.byQueue.get(queue) ?? 0) + count);
  }
}

/**
 * Resolves once the messages are durable at the destination, which may be away for a minute.
 * @throws DriverError; some of them may have arrived
 */
export async function deliver(job: Job, messages: readonly OutgoingMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const { broker } = job.destination;
  const backoff = new Backoff({ baseMs: 100, maxMs: 5000 });
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await broker.declare([...new Set(messages.map(({ queue }) => queue))].map((name) => ({ name })));
      return await broker.publish(messages);
    } catch (error) {
      const away = error instanceof DriverError && error.code === 'unavailable';
      if (!away || job.signal.aborted || Date.now() > until) throw error;
      await backoff.wait(job.signal);
    }
  }
}
