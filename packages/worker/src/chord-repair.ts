import type { App, Logger } from '@lovage/app';
import { readChordPlan } from '@lovage/app';
import type { ChordMember, ChordStore, ResultBackend, ReviewedChord } from '@lovage/contracts';
import { taskIds } from '@lovage/protocol';
import type { Chords } from './chords.ts';
import type { ChordArrival } from './conclusion.ts';
import { endedPart } from './ended-part.ts';

/** At once: each may have thousands of members. */
const AT_ONCE = 10;

/**
 * Repairs chords that a crash left behind: a part whose result is kept but was never counted, as where a worker of
 * Celery died between the two; a body that nobody sent, as where the worker that completed the header died and its
 * message was acknowledged before. Any number of workers may do so: the store gives each chord to one at a time.
 */
export class ChordRepair {
  readonly #app: App;
  readonly #results: ResultBackend;
  readonly #store: ChordStore;
  readonly #chords: Chords;
  readonly #afterMs: number;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #pass: Promise<void> | undefined;

  constructor(parts: {
    app: App;
    results: ResultBackend;
    store: ChordStore;
    chords: Chords;
    /** How often each chord is looked at, and how long a body may take from its header's end to its queue. */
    afterMs: number;
    log: Logger;
  }) {
    this.#app = parts.app;
    this.#results = parts.results;
    this.#store = parts.store;
    this.#chords = parts.chords;
    this.#afterMs = parts.afterMs;
    this.#log = parts.log;
    this.#timer = setInterval(() => void this.pass(), parts.afterMs);
    this.#timer.unref();
  }

  /** Looks at every chord whose turn it is. Never rejects; asked twice at a time, it looks once. */
  pass(): Promise<void> {
    this.#pass ??= this.#lookAtAll().finally(() => {
      this.#pass = undefined;
    });
    return this.#pass;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pass;
  }

  async #lookAtAll(): Promise<void> {
    try {
      for (;;) {
        const due = await this.#store.review(this.#afterMs, AT_ONCE);
        for (const chord of due) await this.#lookAt(chord);
        if (due.length < AT_ONCE) return;
      }
    } catch (error) {
      this.#log.warn('cannot look after unfinished chords yet, will try again', { err: error });
    }
  }

  async #lookAt(chord: ReviewedChord): Promise<void> {
    const { id, plan, missing, last } = chord;
    try {
      const { body, rootId } = readChordPlan(plan);
      const arrival = (part: ChordArrival['part']): ChordArrival => ({
        ...{ id, part, body },
        rootId: rootId ?? part.taskId,
      });
      if (last) {
        if (await this.#isUnderWay(taskIds(body))) return await this.#store.drop(id);
        this.#log.warn(`chord ${id} was complete, but what follows it was never sent: sending it now`);
        this.#chords.complete([arrival(last)], { records: [], followUps: [] });
        return;
      }
      for (const part of await this.#uncounted(missing)) {
        this.#log.warn(
          `task ${part.taskId} had ended without being counted towards chord ${id}: counting it now`,
        );
        this.#chords.complete([arrival(part)], { records: [], followUps: [] });
      }
    } catch (error) {
      this.#log.error(`cannot look after chord ${id}`, { err: error });
    }
  }

  /** What is sent leaves a result as soon as it has begun; what has failed for good has one too. */
  async #isUnderWay(ids: readonly string[]): Promise<boolean> {
    return (await this.#results.fetch(ids)).size > 0;
  }

  /** Members that have ended, as the parts that they should have been. */
  async #uncounted(missing: readonly ChordMember[]): Promise<readonly ChordArrival['part'][]> {
    if (missing.length === 0) return [];
    const records = await this.#results.fetch(missing.map(({ taskId }) => taskId));
    return missing.flatMap((member) => {
      const record = records.get(member.taskId);
      return record?.final ? [{ ...member, ...endedPart(this.#app, record.payload) }] : [];
    });
  }
}
