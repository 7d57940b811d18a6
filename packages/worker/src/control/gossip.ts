import type { Logger } from '@lovage/app';
import type { BusListener, BusMessage, EventBus } from '@lovage/contracts';
import type { EventDocument, LamportClock } from '@lovage/protocol';
import { readEvents } from '@lovage/protocol';

/** How often those that have fallen silent are looked for, as in Celery. */
const LOOK_MS = 5000;
/** A worker is lost after so many of its own intervals without a heartbeat. */
const MISSED_BEATS = 2;
/** Of one that does not say how often it beats, in seconds. */
const DEFAULT_FREQ_S = 60;
/** Workers that are followed. */
const MAX_NODES = 10_000;

export interface GossipParts {
  readonly bus: EventBus;
  readonly hostname: string;
  readonly clock: LamportClock;
  readonly log: Logger;
  /** Sends an event of this worker. */
  readonly send: (type: string, fields: Readonly<Record<string, unknown>>) => void;
  /** For tests. Default 5 s. */
  readonly lookMs?: number;
}

/**
 * Follows the heartbeats of the other workers, to say which of them is lost, and keeps the clock with theirs (wire
 * spec 9.6). Gives its vote in elections of Celery's workers, which else wait for it.
 * @throws DriverError while the broker is away
 */
export async function startGossip(parts: GossipParts): Promise<BusListener> {
  const gossip = new Gossip(parts);
  const listener = await parts.bus.listen('events', (message) => gossip.hear(message), {
    // Events of tasks come by the thousands.
    topic: 'worker-',
  });
  const every = parts.lookMs ?? LOOK_MS;
  const timer = setInterval(() => gossip.look(every), every);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await listener.close();
    },
  };
}

class Gossip {
  readonly #parts: GossipParts;
  /** When each is lost, ms on the clock that never steps. */
  readonly #lostAt = new Map<string, number>();
  #lookedMs = performance.now();
  #unreadable = false;

  constructor(parts: GossipParts) {
    this.#parts = parts;
  }

  hear(message: BusMessage): void {
    for (const event of this.#read(message)) {
      if (!event.type.startsWith('worker-') || event.hostname === this.#parts.hostname) continue;
      if (typeof event.clock === 'number') this.#parts.clock.adjust(event.clock);
      this.#take(event);
    }
  }

  /** Names those that have fallen silent. Not after a time when this process itself heard nothing. */
  look(everyMs: number): void {
    const now = performance.now();
    const awake = now - this.#lookedMs < 2 * everyMs;
    this.#lookedMs = now;
    if (!awake) return;
    for (const [node, lostAt] of this.#lostAt) {
      if (lostAt > now) continue;
      this.#lostAt.delete(node);
      this.#parts.log.info(`missed heartbeat from ${node}`);
    }
  }

  #take(event: EventDocument): void {
    const { log, send } = this.#parts;
    const { type, hostname: node } = event;
    if (type === 'worker-online' || type === 'worker-heartbeat') {
      this.#beat(event);
    } else if (type === 'worker-offline') {
      if (this.#lostAt.delete(node)) log.debug(`${node} left`);
    } else if (type === 'worker-elect' && typeof event['id'] === 'string') {
      send('worker-elect-ack', { id: event['id'] });
    }
  }

  #beat({ hostname: node, freq }: EventDocument): void {
    if (!this.#lostAt.has(node)) {
      if (this.#lostAt.size >= MAX_NODES) return;
      this.#parts.log.debug(`${node} joined the party`);
    }
    const seconds = typeof freq === 'number' && freq > 0 ? freq : DEFAULT_FREQ_S;
    this.#lostAt.set(node, performance.now() + seconds * MISSED_BEATS * 1000);
  }

  #read(message: BusMessage): readonly EventDocument[] {
    try {
      return readEvents(message);
    } catch (error) {
      if (!this.#unreadable) this.#parts.log.warn('gossip left out what is no event', { err: error });
      this.#unreadable = true;
      return [];
    }
  }
}
