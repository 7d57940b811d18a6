import type { OpenApp } from '@lovage/app';
import type { RunClaim, ScheduleStore } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { Term } from './lease.ts';
import type { Plan, Runs } from './runs.ts';

export interface ClaimingOptions {
  readonly store: ScheduleStore;
  readonly publisher: OpenApp['publisher'];
  /** 'publish': the store is the broker's, and claims and sends in one step. 'keep': it keeps what the outbox sends. */
  readonly messages: 'publish' | 'keep';
  readonly runs: Runs;
}

export interface Claimed {
  readonly won: readonly Plan[];
  /** Some were not won: what is known of their entries is out of date. */
  readonly lost: boolean;
}

/** Claims what plans say, each due time for itself. */
export class Claiming {
  readonly #options: ClaimingOptions;

  constructor(options: ClaimingOptions) {
    this.#options = options;
  }

  /**
   * Those that were won know so.
   * @throws DriverError while the store is away; what was claimed is not known then
   */
  async claim(plans: readonly Plan[], term: Term): Promise<Claimed> {
    try {
      return note(plans, await this.#ask(plans, term));
    } catch (error) {
      if (!isOfMessages(error)) throw error;
      return this.#oneByOne(plans, term);
    }
  }

  /** One message that the store refuses must not keep others from being sent. */
  async #oneByOne(plans: readonly Plan[], term: Term): Promise<Claimed> {
    const won: Plan[] = [];
    let lost = false;
    for (const plan of plans) {
      let claimed: Claimed;
      try {
        claimed = note([plan], await this.#ask([plan], term));
      } catch (error) {
        if (!isOfMessages(error) || plan.calls.length === 0) throw error;
        const rest = this.#options.runs.without(plan, error);
        claimed = note([rest], await this.#ask([rest], term));
      }
      won.push(...claimed.won);
      lost ||= claimed.lost;
    }
    return { won, lost };
  }

  async #ask(plans: readonly Plan[], term: Term): Promise<readonly boolean[]> {
    const { store, messages } = this.#options;
    const claims = await this.#ready(plans.map(({ claim }) => claim));
    if (!term.holds()) return plans.map(() => false);
    return store.claimRuns(claims, { fence: term.fence, messages });
  }

  /** With messages as the broker takes them. */
  async #ready(claims: readonly RunClaim[]): Promise<readonly RunClaim[]> {
    const { messages, publisher } = this.#options;
    if (messages === 'keep') return claims;
    const ready = await publisher.ready(claims.flatMap((claim) => claim.messages));
    let at = 0;
    return claims.map((claim) => {
      const from = at;
      at += claim.messages.length;
      return { ...claim, messages: ready.slice(from, at) };
    });
  }
}

function note(plans: readonly Plan[], answers: readonly boolean[]): Claimed {
  const won = plans.filter((_, index) => answers[index]);
  for (const { item, claim } of won) {
    item.lastRun = claim.occurrence;
    if (claim.messages.length > 0) item.lastSent = claim.occurrence;
  }
  for (const [index, { item }] of plans.entries()) if (!answers[index]) item.lost = true;
  return { won, lost: won.length < plans.length };
}

/** It is about what was given, and the others might pass. */
const isOfMessages = (error: unknown): boolean =>
  !(error instanceof DriverError) || error.code === 'refused' || error.code === 'corrupt';
