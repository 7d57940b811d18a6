import { createHash } from 'node:crypto';
import { DriverError } from '@lovage/contracts';
import type { Channel } from 'amqplib';
import type { Link } from '../connection/link.ts';
import type { Transport } from '../options/transport.ts';

/** What the shortest of the queues waits. A delay is rounded up to it. */
const UNIT_MS = 50;
/** Levels 0 to this: 13 years in all. */
const TOP = 32;
const DELIVERY = 'lovage_delayed_delivery';
/** The words of a routing key are at most 255 bytes together, of which the levels take 66. */
const LONGEST_WORD = 180;

/** How late what was parked may come: the rounding, and a hop for each level. */
export const DELAY_PRECISION_MS = 250;

/** Where a message goes to wait. */
export interface Parking {
  readonly exchange: string;
  readonly routingKey: string;
  readonly level: number;
}

const nameOf = (level: number): string => `lovage_delayed_${level}`;

/**
 * Parks what is not due in the broker. A delay is a sum of powers of two: there is a queue for each, in which every
 * message waits equally long, so that none stands in the way of another. A message passes through those of its delay,
 * from the longest to the shortest, and then into the queue that it is for: its routing key says which.
 */
export class Delays {
  readonly #link: Link;
  readonly #type: Transport['delayedQueueType'];
  /** The levels that exist up to, and the queues that are bound, as far as the present connection knows. */
  #levels: { readonly upTo: number; readonly made: Promise<void> } | undefined;
  readonly #bound = new Map<string, Promise<void>>();

  constructor(link: Link, type: Transport['delayedQueueType']) {
    this.#link = link;
    this.#type = type;
    link.onLoss(() => this.forget());
  }

  /**
   * Where to publish so that `queue` gets it at `notBefore`; undefined where that has come.
   * @throws DriverError 'refused' for a time too far away
   */
  park(queue: string, notBefore: number): Parking | undefined {
    const units = Math.ceil((notBefore - Date.now()) / UNIT_MS);
    if (units <= 0) return undefined;
    if (units >= 2 ** (TOP + 1))
      throw new DriverError('refused', `a message cannot wait until ${new Date(notBefore).toISOString()}`);
    const bits = units.toString(2).padStart(TOP + 1, '0');
    const level = TOP - bits.indexOf('1');
    return { exchange: nameOf(level), routingKey: `${[...bits].join('.')}.${wordOf(queue)}`, level };
  }

  /** Make the levels exist up to that one, and their way lead into the queue, which must exist. */
  async ensure(queue: string, level: number): Promise<void> {
    if (this.#levels === undefined || this.#levels.upTo < level) {
      const from = (this.#levels?.upTo ?? -1) + 1;
      const before = this.#levels?.made;
      const made = (before ?? Promise.resolve()).then(() =>
        this.#link.briefly((channel) => this.#makeLevels(channel, from, level)),
      );
      this.#levels = { upTo: level, made };
      made.catch(() => this.forget());
    }
    await this.#levels.made;
    let bound = this.#bound.get(queue);
    if (!bound) {
      bound = this.#link.briefly(async (channel) => {
        await channel.bindQueue(queue, DELIVERY, `#.${wordOf(queue)}`);
      });
      this.#bound.set(queue, bound);
      bound.catch(() => this.#bound.delete(queue));
    }
    await bound;
  }

  /** Something turned out not to exist. */
  forget(): void {
    this.#levels = undefined;
    this.#bound.clear();
  }

  async #makeLevels(channel: Channel, from: number, to: number): Promise<void> {
    if (from === 0) await channel.assertExchange(DELIVERY, 'topic', { durable: true });
    for (let level = from; level <= to; level += 1) {
      const name = nameOf(level);
      const next = level === 0 ? DELIVERY : nameOf(level - 1);
      await channel.assertExchange(name, 'topic', { durable: true });
      await channel.assertQueue(name, {
        durable: true,
        arguments: {
          'x-message-ttl': 2 ** level * UNIT_MS,
          'x-dead-letter-exchange': next,
          ...(this.#type === 'quorum'
            ? {
                'x-queue-type': 'quorum',
                'x-overflow': 'reject-publish',
                'x-dead-letter-strategy': 'at-least-once',
              }
            : {}),
        },
      });
      const before = '*.'.repeat(TOP - level);
      await channel.bindQueue(name, name, `${before}1.#`);
      await channel.bindExchange(next, name, `${before}0.#`);
    }
  }
}

/** A queue's name as one word of a routing key: the dots in it would make it end like another's. */
function wordOf(queue: string): string {
  const word = encodeURIComponent(queue).replaceAll('.', '%2E').replaceAll('*', '%2A');
  return word.length <= LONGEST_WORD ? word : createHash('sha256').update(queue).digest('hex');
}
