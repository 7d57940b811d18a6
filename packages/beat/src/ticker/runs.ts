import { type App, announceSent, type Logger, type PreparedCall, prepareCall } from '@lovage/app';
import type { RunClaim } from '@lovage/contracts';
import { callOf } from './call-of.ts';
import { COUNTED_UP_TO, dueTimes } from './due-times.ts';
import type { Item } from './roster.ts';
import { runId } from './run-id.ts';

/** A run that was sent. */
export interface SentRun {
  /** Of the entry. */
  readonly name: string;
  readonly task: string;
  readonly id: string;
  readonly due: Date;
  /** How much later than due it was sent, in ms. */
  readonly lateMs: number;
}

/** What one item is to claim, and what is then told. */
export interface Plan {
  readonly item: Item;
  readonly claim: RunClaim;
  readonly calls: readonly { readonly due: number; readonly prepared: PreparedCall }[];
}

export interface PlanOptions {
  readonly now: number;
  readonly missedAfterMs: number;
  /** Its last run goes on. */
  readonly running: boolean;
}

/** Makes messages of due times, and tells of what was sent. */
export class Runs {
  readonly #app: App;
  readonly #log: Logger;

  constructor(app: App, log: Logger) {
    this.#app = app;
    this.#log = log;
  }

  /** What an item is to claim by now; undefined when nothing is due. A call that cannot be made is logged, and its due time passes. */
  async plan(item: Item, { now, missedAfterMs, running }: PlanOptions): Promise<Plan | undefined> {
    const { entry, name } = item;
    const due = dueTimes(entry, item, { now, missedAfterMs });
    if (!due) return this.#expiry(item, now);
    if (due.cut > 0)
      this.#log.warn(
        `beat: ${name}: ${due.cut}${due.cut < COUNTED_UP_TO ? '' : ' or more'} of its missed runs are not made up for, only the last ${due.send.length}`,
      );
    if (due.send.length === 0) this.#log.info(`beat: ${name}: missed, up to ${iso(due.upTo)}, and skipped`);
    const skipped = running && entry.overlap === 'skip' && due.send.length > 0;
    if (skipped) this.#log.info(`beat: ${name}: not sent for ${iso(due.upTo)}: its last run has not ended`);
    const calls = skipped ? [] : await this.#prepare(item, due.send);
    const claim = {
      name,
      previous: item.lastRun,
      occurrence: due.upTo,
      messages: calls.map(({ prepared }) => prepared.message),
      ...(entry.oneOff && calls.length > 0 ? { disable: true } : {}),
    };
    return { item, claim, calls };
  }

  /** What remains of a plan whose message cannot be sent: the due time passes. */
  without({ item, claim }: Plan, error: unknown): Plan {
    const { name, entry } = item;
    this.#log.error(`beat: ${name} (${entry.task}) cannot be sent for ${iso(claim.occurrence)}`, {
      err: error,
    });
    const { disable: _, ...rest } = claim;
    return { item, claim: { ...rest, messages: [] }, calls: [] };
  }

  /** Logs what was sent, and announces it as every call of the app's. */
  async tell(plans: readonly Plan[], now: number): Promise<readonly SentRun[]> {
    const sent: SentRun[] = [];
    for (const { item, calls } of plans) {
      const { name, entry } = item;
      for (const { due, prepared } of calls) {
        const { id } = prepared.message.envelope;
        const lateMs = Math.max(0, now - due);
        sent.push({ name, task: entry.task, id, due: new Date(due), lateMs });
        if (this.#log.enabled('info'))
          this.#log.info(
            `beat: sending due task ${name} (${entry.task}) id=${id} due=${iso(due)} late=${Math.round(lateMs)}ms`,
          );
      }
    }
    const calls = plans.flatMap((plan) => plan.calls.map(({ prepared }) => prepared));
    if (calls.length > 0) await announceSent(this.#app, calls);
    return sent;
  }

  async #prepare(item: Item, dues: readonly number[]): Promise<Plan['calls']> {
    const { name, key, entry } = item;
    const calls: Plan['calls'][number][] = [];
    for (const due of dues) {
      try {
        calls.push({ due, prepared: await prepareCall(this.#app, callOf(entry, runId(key, due))) });
      } catch (error) {
        this.#log.error(`beat: ${name} (${entry.task}) cannot be sent for ${iso(due)}`, { err: error });
        // The others would fail alike, and say so a thousand times.
        return calls;
      }
    }
    return calls;
  }

  /** An entry that has expired is disabled; nothing is sent. */
  #expiry(item: Item, now: number): Plan | undefined {
    const expires = item.entry.expires?.getTime();
    if (expires === undefined || expires > now) return undefined;
    this.#log.info(`beat: ${item.name} expired at ${iso(expires)}, and is disabled`);
    const { name, lastRun } = item;
    const occurrence = Math.max(expires, lastRun ?? expires);
    return { item, claim: { name, previous: lastRun, occurrence, messages: [], disable: true }, calls: [] };
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
