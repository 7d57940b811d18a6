/** One that is not back so long after it was due went to another worker, or was revoked or purged. */
const GONE_MS = 500;
/** Remembered for each task; those beyond come back as strangers. About 100 bytes each. */
const MOST = 10_000;

interface Ticket {
  readonly number: number;
  untilMs: number;
}

/**
 * The messages of one limited task that this worker sent back to the broker until their turn: who they are and in
 * which order they came, so that those who come back keep their place before those who come new.
 */
export class Parked {
  /** By task id, in the order of their tickets. */
  readonly #tickets = new Map<string, Ticket>();
  #last = 0;

  /** How many were before this one when it came; undefined for one that was never here, or was given up. */
  place(id: string, nowMs: number): number | undefined {
    this.#forgetGone(nowMs);
    const ticket = this.#tickets.get(id);
    if (!ticket) return undefined;
    // Some of those between have gone; nobody counts how many of them before this one and how many behind.
    const first = this.#first();
    return Math.round(((ticket.number - first) * this.#tickets.size) / (this.#last + 1 - first));
  }

  /** How many are before one that comes now. */
  length(nowMs: number): number {
    this.#forgetGone(nowMs);
    return this.#tickets.size;
  }

  /** It goes back until then. */
  add(id: string, untilMs: number): void {
    const known = this.#tickets.get(id);
    if (known) {
      known.untilMs = untilMs;
    } else if (this.#tickets.size < MOST) {
      this.#last += 1;
      this.#tickets.set(id, { number: this.#last, untilMs });
    }
  }

  /** Its turn has come. */
  delete(id: string): void {
    this.#tickets.delete(id);
  }

  #first(): number {
    for (const { number } of this.#tickets.values()) return number;
    return this.#last + 1;
  }

  #forgetGone(nowMs: number): void {
    for (const [id, { untilMs }] of this.#tickets) {
      if (untilMs + GONE_MS >= nowMs) return;
      this.#tickets.delete(id);
    }
  }
}
