import type { Broker } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { App } from '../app.ts';
import { DeadLetterNotFound, InvalidCall, OperationalError } from '../errors.ts';
import type { DeadLetter } from './letter.ts';
import { readLetter } from './letter.ts';
import { DEAD_LETTER_KINDS, DEAD_LETTERS, type DeadLetterKind, QUARANTINE } from './queues.ts';
import { ready, takeOut } from './take-out.ts';

/** Which letters are meant; what is left out does not matter. */
export interface DeadLetterFilter {
  readonly kind?: DeadLetterKind;
  /** The full name of a task. */
  readonly task?: string;
  /** The queue that they came from. */
  readonly queue?: string;
}

export interface ListOptions extends DeadLetterFilter {
  /** Default 50. */
  readonly limit?: number;
  /** The newest first. Default: the oldest, which is quicker to find. */
  readonly newest?: boolean;
}

/** One letter by its id, several, those that fit a filter, or 'all'. */
export type WhichLetters = string | readonly string[] | DeadLetterFilter | 'all';

export interface LettersTaken {
  /** Ids of what is no longer kept. */
  readonly taken: readonly string[];
  /** Ids that were asked for and are not there. */
  readonly missing: readonly string[];
  /** Ids of letters that do not say which queue they came from: give `queue`. */
  readonly stuck: readonly string[];
}

/** Both places where workers keep what will not run again. */
const PLACES = [DEAD_LETTERS, QUARANTINE] as const;

/**
 * What failed after its last retry, was rejected, took its worker down every time, or could not run at all: `app.deadLetters`.
 * All of it rejects with OperationalError while the broker is away.
 */
export class DeadLetters {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  /**
   * Some of the letters, and how many there are that fit.
   *
   * @example
   * const { letters, total } = await app.deadLetters.list({ task: 'shop.charge', newest: true });
   */
  async list(options: ListOptions = {}): Promise<{ letters: readonly DeadLetter[]; total: number }> {
    const { limit = 50, newest = false, ...filter } = options;
    if (!Number.isInteger(limit) || limit < 1) throw new InvalidCall('limit is a whole number from 1');
    checkFilter(filter);
    const narrow = Object.values(filter).some((value) => value !== undefined);
    return this.#withBroker(async (broker) => {
      const found: DeadLetter[] = [];
      let total = 0;
      for (const place of PLACES) {
        const there = await ready(broker, place);
        if (there === 0) continue;
        const seen = await broker.peek(place, narrow || newest ? there : limit);
        const fitting = seen.map((envelope) => readLetter(envelope, place)).filter(fits(filter));
        found.push(...fitting);
        total += narrow ? fitting.length : there;
      }
      found.sort((a, b) => (a.since ?? '').localeCompare(b.since ?? ''));
      if (newest) found.reverse();
      return { letters: found.slice(0, limit), total };
    });
  }

  /**
   * One letter, whole.
   * @param id Its id, or enough of the beginning to tell it from others.
   * @throws DeadLetterNotFound when none, or more than one, begins so
   */
  async show(id: string): Promise<DeadLetter> {
    return this.#withBroker(async (broker) => {
      const found: DeadLetter[] = [];
      for (const place of PLACES) {
        const envelopes = await broker.peek(place, Math.max(1, await ready(broker, place)));
        const beginning = envelopes.filter((envelope) => envelope.id.startsWith(id));
        found.push(...beginning.map((envelope) => readLetter(envelope, place)));
      }
      const exact =
        found.findLast((letter) => letter.id === id) ?? (found.length === 1 ? found[0] : undefined);
      if (exact) return exact;
      throw new DeadLetterNotFound(id, found.length);
    });
  }

  /**
   * Send letters back to the queues that they came from, or all to one other. They run under their old ids, with all of their
   * retries; what follows in their chains follows. Each is on its way before it is no longer kept: a crash between may send
   * it twice, never lose it.
   *
   * @example
   * await app.deadLetters.redrive({ task: 'crm.sync_doctor' });
   */
  async redrive(which: WhichLetters, options: { readonly queue?: string } = {}): Promise<LettersTaken> {
    return this.#take(which, { sendTo: options.queue });
  }

  /** Erase letters. There is no undo. */
  async discard(which: WhichLetters): Promise<LettersTaken> {
    return this.#take(which, 'discard');
  }

  async #take(
    which: WhichLetters,
    verdict: 'discard' | { readonly sendTo: string | undefined },
  ): Promise<LettersTaken> {
    const ids = idsOf(which);
    const filter = typeof which === 'object' && !Array.isArray(which) ? (which as DeadLetterFilter) : {};
    checkFilter(filter);
    const wanted = fits(filter);
    const open = new Set(ids);
    const all = { taken: [] as string[], stuck: [] as string[] };
    await this.#withBroker(async (broker) => {
      for (const place of PLACES) {
        if (ids && open.size === 0) break;
        const { taken, stuck } = await takeOut(broker, place, (envelope) => {
          if (ids) return open.delete(envelope.id) ? verdict : open.size === 0 ? 'stop' : 'keep';
          return wanted(readLetter(envelope, place)) ? verdict : 'keep';
        });
        all.taken.push(...taken);
        all.stuck.push(...stuck);
      }
    });
    return { ...all, missing: [...open] };
  }

  async #withBroker<T>(work: (broker: Broker) => Promise<T>): Promise<T> {
    const { broker } = await this.#app.drivers();
    try {
      return await work(broker);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new OperationalError(`cannot see to dead letters: ${error.message}`, { cause: error });
    }
  }
}

function idsOf(which: WhichLetters): readonly string[] | undefined {
  if (which === 'all') return undefined;
  if (typeof which === 'string') return [which];
  return Array.isArray(which) ? (which as readonly string[]) : undefined;
}

const fits =
  ({ kind, task, queue }: DeadLetterFilter) =>
  (letter: DeadLetter): boolean =>
    (kind === undefined || letter.kind === kind) &&
    (task === undefined || letter.task === task) &&
    (queue === undefined || letter.queue === queue);

/** A filter that is misspelt would fit everything. */
function checkFilter(filter: DeadLetterFilter): void {
  const { kind, task: _, queue: __, ...rest } = filter;
  const unknown = Object.keys(rest);
  if (unknown.length > 0) {
    throw new InvalidCall(
      `dead letters are told apart by kind, task and queue, not by ${unknown.join(', ')}`,
    );
  }
  if (kind !== undefined && !DEAD_LETTER_KINDS.includes(kind)) {
    throw new InvalidCall(`${kind} is no kind of dead letter: there are ${DEAD_LETTER_KINDS.join(', ')}`);
  }
}
