import { serialize } from 'node:v8';
import type { Child } from './child.ts';
import type { Order, ToChild } from './messages.ts';
import type { Ticket } from './ticket.ts';

/**
 * How jobs come to one child: several in one message, for a message costs far more than what is in it, most of all one
 * that wakes the child up. What is given travels with the next `flush`.
 */
export class HandOver {
  readonly #child: Child | undefined;
  readonly #refuse: (ticket: Ticket, error: unknown) => void;
  /** Given and not begun, as far as the child has told. It begins them in this order. */
  #ahead: Ticket[] = [];
  /** Not sent yet: the one that begins at once, and those behind it. */
  #now: Ticket | undefined;
  #behind: Ticket[] = [];
  /** What was last sent to a child that had nothing else to do. */
  #only: Ticket | undefined;

  /** @param refuse Called for a job whose input cannot be cloned; the child never sees it. */
  constructor(child: Child | undefined, refuse: (ticket: Ticket, error: unknown) => void) {
    this.#child = child;
    this.#refuse = refuse;
  }

  /** The child can be given jobs ahead. */
  get able(): boolean {
    return this.#child?.permits !== undefined;
  }

  get ahead(): readonly Ticket[] {
    return this.#ahead;
  }

  /** For a child without a job. */
  run(ticket: Ticket): void {
    this.#now = ticket;
  }

  /** Behind its job. */
  give(ticket: Ticket): void {
    this.#ahead.push(ticket);
    this.#behind.push(ticket);
  }

  /** The child's job has ended: it begins this one. */
  shift(): Ticket | undefined {
    return this.#ahead.shift();
  }

  /**
   * Takes back what the child has not begun. What remains ahead it has begun, or is about to: then the running job has
   * ended, and its outcome is on the way.
   *
   * @param running What the child is at, as far as it has told. If it has not quite begun, it is told to at once.
   */
  takeBack(running: Ticket | undefined): Ticket[] {
    const permits = this.#child?.permits?.takeBack();
    const back = this.#ahead.filter((each) => permits?.has(each.number) || this.#behind.includes(each));
    this.#behind = [];
    if (back.length > 0) this.#ahead = this.#ahead.filter((each) => !back.includes(each));
    if (running && permits?.has(running.number)) this.#send([running]);
    return back;
  }

  /**
   * The same from a child that is gone, for which nothing is begun any more that it had not begun. What it was sent to
   * begin at once counts as begun: it may be what the child died of, as it read it.
   */
  takeBackFromDead(running: Ticket | undefined): Ticket[] {
    const permits = this.#child?.permits?.takeBack();
    const unsent = [this.#now, ...this.#behind];
    const held = running ? [running, ...this.#ahead] : this.#ahead;
    const untouched = (each: Ticket) => permits?.has(each.number) && each !== this.#only;
    const back = held.filter((each) => untouched(each) || unsent.includes(each));
    this.#ahead = this.#ahead.filter((each) => !back.includes(each));
    this.#now = undefined;
    this.#behind = [];
    return back;
  }

  /** After all jobs given before. */
  send(message: ToChild): void {
    this.flush();
    this.#child?.send(message);
  }

  /** Sends what has been given. */
  flush(): void {
    const [now, behind] = [this.#now, this.#behind];
    if (!now && behind.length === 0) return;
    this.#now = undefined;
    this.#behind = [];
    if (now) this.#only = now;
    this.#send(now ? [now, ...behind] : behind);
  }

  /**
   * With a permit for each, also for one that may begin at once. The child may still hold orders for jobs that were taken
   * back, and that it is given again now: without a permit for the first it could begin one of these before it has read
   * this message, and be taken to be at the first.
   */
  #send(tickets: readonly Ticket[]): void {
    const permits = this.#child?.permits;
    permits?.issue(tickets.map(({ number }) => number));
    const orders = tickets.map((ticket) => order(ticket, permits !== undefined));
    try {
      this.#child?.send({ kind: 'run', orders });
    } catch {
      this.#sendWhatCanBe(tickets, orders);
    }
  }

  /** A job that cannot be sent keeps its place, empty, since there is a permit for it. */
  #sendWhatCanBe(tickets: readonly Ticket[], orders: readonly Order[]): void {
    const refused = new Map<Ticket, unknown>();
    const possible = orders.map((each, index) => {
      try {
        serialize(each.job);
        return each;
      } catch (error) {
        refused.set(tickets[index]!, error);
        return { ...each, job: undefined };
      }
    });
    this.#child?.send({ kind: 'run', orders: possible });
    this.#ahead = this.#ahead.filter((each) => !refused.has(each));
    for (const [ticket, error] of refused) this.#refuse(ticket, error);
  }
}

const order = ({ number, job: { id, input } }: Ticket, permitted: boolean): Order => ({
  permit: permitted ? number : undefined,
  job: { id, input },
});
