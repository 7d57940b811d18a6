import type { Child, ChildEnd, ChildKeeper, ChildUser } from './child.ts';
import { errorDetails, errorFromDetails } from './error-details.ts';
import { HandOver } from './hand-over.ts';
import type { FromJob } from './messages.ts';
import type { Ticket } from './ticket.ts';

/** Waits between attempts to start a child that dies before it does any work: doubled each time. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 10_000;

export interface SlotOwner extends ChildKeeper {
  /** The next child of the pool. Throws when the system has no room for another process. */
  nextChild(): Child;
  /** The slot can take a job. */
  onFree(slot: Slot): void;
  /** A job ahead has begun. */
  onBegun(): void;
  /** These have not begun, and will not begin here: their child dies or leaves. */
  onReturned(tickets: readonly Ticket[]): void;
  /** A child has more memory than it may have, and is being replaced. */
  onTooLarge(pid: number, residentKib: number): void;
  /** The slot has no child any more. False: it is not wanted any more either, and stays without. */
  replaces(slot: Slot): boolean;
}

/**
 * One place in the pool with a child in it: when a child ends, the next one starts.
 *
 * States: starting → free → running → free …, and from any of them back to starting, with another child.
 * A child that died before it was given a job is followed by a rest, so that a broken entry does not become
 * a storm of forks.
 */
export class Slot implements ChildUser {
  /** Resolves when the first child is ready or the slot was closed, rejects with why the first child did not start. */
  readonly started: Promise<void>;
  readonly #first = Promise.withResolvers<void>();
  /** Those who wait for a child younger than the present one. */
  #renewal: PromiseWithResolvers<void> | undefined;
  readonly #maxTasks: number;
  readonly #owner: SlotOwner;
  #child: Child | undefined;
  #ready = false;
  /** The present child leaves after its job: it is too large, or was there when the pool was restarted. */
  #outdated = false;
  #running: Ticket | undefined;
  #beganMs = 0;
  /** Jobs begun by the present child. */
  #begun = 0;
  /** What the present child holds behind its job. */
  #hand: HandOver;
  /** Children in a row that died before they were given a job. */
  #failures = 0;
  #rest: NodeJS.Timeout | undefined;

  constructor(maxTasks: number | undefined, owner: SlotOwner) {
    this.#maxTasks = maxTasks ?? Infinity;
    this.#owner = owner;
    this.#hand = new HandOver(undefined, this.#refuse);
    this.started = this.#first.promise;
    // Only `open` cares; a slot added later simply tries again.
    this.started.catch(() => {});
    this.#spawn();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Its child can take jobs, or is at one. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Jobs that its present child has begun. */
  get begun(): number {
    return this.#begun;
  }

  get running(): Ticket | undefined {
    return this.#running;
  }

  /** Handed over and not begun, as far as the child has told. */
  get ahead(): readonly Ticket[] {
    return this.#hand.ahead;
  }

  /** How long the running job has been running, in ms of `performance.now()`; 0 without one. */
  ranMs(nowMs: number): number {
    return this.#running ? nowMs - this.#beganMs : 0;
  }

  /** How many jobs more its child may be given behind the running one, if it may hold `places`. */
  room(places: number): number {
    if (!this.#running || this.#outdated || !this.#hand.able) return 0;
    const { length } = this.#hand.ahead;
    return Math.min(places - length, this.#maxTasks - this.#begun - length);
  }

  /** For a slot that is free. Travels with the next `flush`. */
  run(ticket: Ticket): void {
    this.#hand.run(ticket);
    this.#begin(ticket);
  }

  /** Where there is room. Travels with the next `flush`. */
  give(ticket: Ticket): void {
    this.#hand.give(ticket);
  }

  /** Sends what it was given. */
  flush(): void {
    this.#hand.flush();
  }

  /** Takes back what has not begun. */
  takeBack(): Ticket[] {
    return this.#hand.takeBack(this.#running);
  }

  /** Another child instead of the present one, as soon as it has no job. Resolves when that one is ready, or has failed. */
  renew(): Promise<void> {
    this.#renewal ??= Promise.withResolvers();
    const { promise } = this.#renewal;
    // Between two attempts the next child is a fresh one anyway.
    if (!this.#child) return promise;
    this.#outdated = true;
    if (!this.#running) this.#retire();
    else this.#owner.onReturned(this.takeBack());
    return promise;
  }

  /** Aborts the signal of the running job. */
  ask(softMs?: number): void {
    const { id } = this.#running!.job;
    this.#hand.send({ kind: 'stop', id, ...(softMs === undefined ? {} : { softMs }) });
  }

  /** Ends the running job by ending its child. */
  kill(reason: 'time-limit' | 'killed', detail: string): void {
    const back = this.takeBack();
    // It has ended, and its outcome is on the way: the child has begun another already.
    if (this.#hand.ahead.length === 0) {
      const ticket = this.#running;
      this.#child?.kill();
      this.#replace();
      ticket?.end({ kind: 'lost', reason, detail });
    }
    this.#owner.onReturned(back);
  }

  /** For good: a child without a job ends in good order, any other is killed and its job lost. */
  close(): void {
    clearTimeout(this.#rest);
    const begun = this.#running ? [this.#running, ...this.#hand.ahead] : [];
    if (this.#ready && !this.#running) this.#child?.end();
    else this.#child?.kill();
    this.#leave();
    this.#first.resolve();
    this.#renewed();
    for (const ticket of begun) {
      ticket.end({ kind: 'lost', reason: 'killed', detail: 'the pool was closed' });
    }
  }

  onReady(): void {
    this.#ready = true;
    this.#first.resolve();
    this.#renewed();
    this.#owner.onFree(this);
  }

  onReport(report: unknown): void {
    this.#running?.job.onReport?.(report);
  }

  onOutcome({ residentKib, ...outcome }: FromJob): void {
    const ticket = this.#running!;
    this.#running = undefined;
    ticket.end(outcome);
    if (residentKib !== undefined) {
      this.#outdated = true;
      this.#owner.onTooLarge(this.#child!.pid!, residentKib);
      this.#owner.onReturned(this.takeBack());
    }
    this.#next();
  }

  onLost({ detail, error }: ChildEnd): void {
    this.#first.reject(error ? errorFromDetails(error) : new Error(`a child ended at start: ${detail}`));
    if (!this.#outdated) this.#renewed();
    const back = this.#hand.takeBackFromDead(this.#running);
    const held = this.#running ? [this.#running, ...this.#hand.ahead] : [];
    const begun = held.filter((each) => !back.includes(each));
    for (const ticket of back) ticket.rewind();
    if (this.#begun > 0) {
      this.#replace();
    } else {
      this.#replace(Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS));
      this.#failures += 1;
    }
    for (const ticket of begun) ticket.end({ kind: 'lost', reason: 'crashed', detail });
    this.#owner.onReturned(back);
  }

  #begin(ticket: Ticket): void {
    this.#running = ticket;
    this.#beganMs = performance.now();
    this.#begun += 1;
    this.#failures = 0;
    ticket.begin(this.#child!.pid!, {
      soft: (softMs) => this.ask(softMs),
      hard: (detail) => this.kill('time-limit', detail),
    });
    if (ticket.condemned !== undefined) this.kill('killed', ticket.condemned);
    else if (ticket.asked) this.ask();
  }

  /** The running job has ended. */
  #next(): void {
    const next = this.#hand.shift();
    if (next) {
      this.#begin(next);
      this.#owner.onBegun();
    } else if (this.#outdated || this.#begun >= this.#maxTasks) {
      this.#retire();
    } else {
      this.#owner.onFree(this);
    }
  }

  /** The job's input cannot be cloned; the child never saw it. */
  readonly #refuse = (ticket: Ticket, error: unknown): void => {
    ticket.end({ kind: 'threw', error: errorDetails(error) });
    if (ticket !== this.#running) return;
    this.#running = undefined;
    this.#next();
  };

  /** The next one starts while this one shuts down: neither waits for the other. */
  #retire(): void {
    if (this.#ready) this.#child?.end();
    else this.#child?.kill();
    this.#replace();
  }

  #renewed(): void {
    this.#renewal?.resolve();
    this.#renewal = undefined;
  }

  /** Whoever held the running job must end it. */
  #leave(): void {
    this.#child = undefined;
    this.#ready = false;
    this.#outdated = false;
    this.#running = undefined;
    this.#hand = new HandOver(undefined, this.#refuse);
  }

  #replace(restMs = 0): void {
    this.#leave();
    if (!this.#owner.replaces(this)) {
      this.#renewed();
      return;
    }
    if (restMs === 0) this.#spawn();
    else this.#rest = setTimeout(() => this.#spawn(), restMs);
  }

  #spawn(): void {
    this.#begun = 0;
    try {
      this.#child = this.#owner.nextChild();
    } catch (error) {
      // No memory for another process. It is the same to us as one that dies at once.
      this.onLost({ detail: `cannot start a process: ${String(error)}`, error: errorDetails(error) });
      return;
    }
    this.#hand = new HandOver(this.#child, this.#refuse);
    this.#child.serve(this);
  }
}
