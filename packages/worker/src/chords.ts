import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Logger } from '@lovage/app';
import type {
  ChordOpening,
  ChordPart,
  ChordProgress,
  ChordStore,
  OutgoingMessage,
  ResultBackend,
  ResultRecord,
} from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { BodyEnd } from './chord-bodies.ts';
import { ChordBodies } from './chord-bodies.ts';
import type { Completer, Completion } from './completer.ts';
import type { ChordArrival } from './conclusion.ts';
import { savedHeader } from './saved-header.ts';

const RETRY_MS = 250;
/** The most parts that are counted in one step: bounds the size of a script or a transaction. */
const MAX_BATCH = 500;

/** An execution that counts towards chords, and all that is to be done with it. */
interface Ended {
  readonly arrivals: readonly ChordArrival[];
  readonly completion: Completion;
}

/** The same while it is counted. */
interface Counting {
  readonly completion: Completion;
  /** Parts that are still to be counted. */
  readonly waiting: ChordArrival[];
  /** Results that are still to be kept. */
  records: readonly ResultRecord[];
  readonly followUps: OutgoingMessage[];
  readonly opens: ChordOpening[];
  readonly completed: string[];
}

/**
 * Counts the header tasks of chords as they end, many at a time. The one that completes a header sends the body, or, when
 * a part failed, stores the failure under the ids of the body. The order is: own record with the count, body with the
 * acknowledgement, then the count is dropped; a crash between repeats the delivery, and the count answers the same part
 * the same.
 */
export class Chords {
  readonly #app: App;
  readonly #results: ResultBackend | undefined;
  readonly #completer: Completer;
  readonly #bodies: ChordBodies;
  readonly #log: Logger;
  #pending: Ended[] = [];
  #running: Promise<void> | undefined;

  constructor(parts: {
    app: App;
    results: ResultBackend | undefined;
    completer: Completer;
    hostname: string;
    /** The broker's trait of that name. */
    foreignPeers: boolean;
    log: Logger;
  }) {
    this.#app = parts.app;
    this.#results = parts.results;
    this.#completer = parts.completer;
    this.#log = parts.log;
    this.#bodies = new ChordBodies({ ...parts, keepsResults: parts.results !== undefined });
  }

  complete(arrivals: readonly ChordArrival[], completion: Completion): void {
    this.#pending.push({ arrivals, completion });
    this.#running ??= this.#run();
  }

  /** Resolves when every part counted so far has been handed to the completer. */
  async flush(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the event loop: whatever ends in it is counted together.
    await new Promise(setImmediate);
    while (this.#pending.length > 0) await this.#count(this.#pending.splice(0, MAX_BATCH));
    this.#running = undefined;
  }

  /** Tries again while the store is away. Parts that it refuses are tried one by one, so that one cannot spoil many. */
  async #count(batch: readonly Ended[]): Promise<void> {
    const chords = this.#results?.chords;
    if (!chords) {
      for (const { arrivals, completion } of batch) this.#giveUp(arrivals, completion);
      return;
    }
    for (;;) {
      try {
        const counted = await this.#arrive(chords, batch);
        for (const each of counted) this.#hand(chords, each);
        return;
      } catch (error) {
        const away = error instanceof DriverError && error.code === 'unavailable';
        if (!away && batch.length > 1) {
          for (const each of batch) await this.#count([each]);
          return;
        }
        if (!away) {
          const [{ arrivals, completion }] = batch as [Ended];
          const { id, part } = arrivals[0]!;
          this.#log.error(`cannot count task ${part.taskId} towards chord ${id}`, { err: error });
          this.#completer.add(completion);
          return;
        }
        if (this.#completer.gaveUp) {
          // Uncounted and unsettled: whoever runs it again counts it.
          for (const { completion } of batch) completion.onSettled?.(true);
          return;
        }
        await sleep(RETRY_MS);
      }
    }
  }

  /**
   * Counts parts, and what follows from them: a body that will never run may itself be part of another chord,
   * which then must not wait for it. Results are kept in one step with the count that they come before.
   */
  async #arrive(chords: ChordStore, batch: readonly Ended[]): Promise<readonly Counting[]> {
    const counting = batch.map(({ arrivals, completion }): Counting => {
      const { records } = completion;
      return { completion, records, waiting: [...arrivals], followUps: [], opens: [], completed: [] };
    });
    for (let round = counting; round.length > 0; round = round.filter(({ waiting }) => waiting.length > 0)) {
      const arrivals = round.map(({ completion, records, waiting }) => {
        const { id: chordId, part } = waiting[0]!;
        return { chordId, part, records, held: completion.settlement !== undefined };
      });
      const progress = await chords.arrive(arrivals);
      await Promise.all(round.map((each, at) => this.#advance(each, progress[at]!)));
    }
    return counting;
  }

  async #advance(counting: Counting, progress: ChordProgress): Promise<void> {
    const arrival = counting.waiting.shift()!;
    counting.records = [];
    if (!progress.complete) return;
    counting.completed.push(arrival.id);
    const end = await this.#after(arrival, progress.parts);
    counting.records = end.records;
    counting.followUps.push(...end.followUps);
    counting.opens.push(...end.opens);
    counting.waiting.push(...end.arrivals);
  }

  async #after(arrival: ChordArrival, counted: readonly ChordPart[]): Promise<BodyEnd> {
    let parts: readonly ChordPart[] | undefined;
    try {
      parts = await savedHeader(this.#app, this.#results!, arrival.id);
    } catch (error) {
      if (error instanceof DriverError && error.code === 'unavailable') throw error;
      return this.#bodies.failed(arrival, (error as Error).message);
    }
    return this.#bodies.after(arrival, parts ?? counted);
  }

  #hand(chords: ChordStore, { completion, records, followUps, opens, completed }: Counting): void {
    this.#completer.add({
      ...completion,
      records,
      opens: [...(completion.opens ?? []), ...opens],
      followUps: [...completion.followUps, ...followUps],
      onSettled: (lost) => {
        completion.onSettled?.(lost);
        // When it was not ours any more nothing was sent: whoever runs it again must find the count complete.
        if (!lost) for (const chord of completed) void this.#drop(chords, chord);
      },
    });
  }

  #giveUp(arrivals: readonly ChordArrival[], completion: Completion): void {
    const { id, part } = arrivals[0]!;
    this.#log.error(
      `task ${part.taskId} is part of chord ${id}, but no result backend that counts chords is configured: its body will never run`,
    );
    this.#completer.add(completion);
  }

  async #drop(chords: ChordStore, id: string): Promise<void> {
    try {
      await chords.drop(id);
    } catch (error) {
      this.#log.warn(`chord ${id} stays counted until it expires`, { err: error });
    }
  }
}
