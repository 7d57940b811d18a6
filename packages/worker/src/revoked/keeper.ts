import type { Logger } from '@lovage/app';
import { DriverError, type Revocation, type RevocationStore } from '@lovage/contracts';
import { realClock, storedRevocation } from '@lovage/contracts/kit';
import type { LamportClock } from '@lovage/protocol';
import type { StateDb } from '../state-db.ts';
import { Troubles } from '../troubles.ts';
import { Alarm } from './alarm.ts';
import type { RevokedLimits } from './limits.ts';
import { type RevocableHeaders, Revoked, type RevokedTasks } from './revoked.ts';

export interface RevokedKeeperParts {
  /** Undefined where no driver keeps revocations: then they live here, and in the state file. */
  readonly store: RevocationStore | undefined;
  /** Undefined without `--statedb`. */
  readonly stateDb: StateDb | undefined;
  readonly clock: LamportClock;
  readonly limits: RevokedLimits;
  readonly log: Logger;
  /** Between two looks at the store, and between two writes of the file. Default 3,000 ms. */
  readonly everyMs?: number;
}

/** Two ends this close need not be told apart: each worker that hears a broadcast dates it for itself. */
const SAME_END_MS = 60_000;
/** Between two attempts to reach a store that is away when the worker starts. */
const RETRY_MS = 500;

/**
 * What a worker knows to be revoked, and where it lasts: it follows the store that all workers share, tells it what
 * came by remote control, and keeps a file of it all if it was given one. So a revoke holds that no worker heard, or
 * only one that was killed.
 */
export class RevokedKeeper {
  readonly #parts: RevokedKeeperParts;
  readonly #everyMs: number;
  readonly #revoked: Revoked;
  readonly #troubles: Troubles;
  /** What came by remote control or from the file, until the store has it. */
  readonly #untold = new Map<string, Revocation>();
  readonly #alarm = new Alarm();
  readonly #stopping = new AbortController();
  #following: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #cursor: string | undefined;
  /** What the file holds. Undefined while it is not ours to write: there is none, or it could not be read. */
  #saved: { readonly changes: number; readonly atMs: number } | undefined;

  constructor(parts: RevokedKeeperParts) {
    this.#parts = parts;
    this.#everyMs = parts.everyMs ?? 3000;
    this.#revoked = new Revoked(parts.limits);
    this.#troubles = new Troubles(parts.log);
  }

  /**
   * Resolves when all that is revoked is known: a worker claims nothing before. Waits for a store that is away, until
   * `stop`; one that answers with an error is reported, and asked again later.
   * @throws ImproperlyConfigured when the state file cannot be used
   */
  async start(): Promise<void> {
    await this.#load();
    const { signal } = this.#stopping;
    while (!signal.aborted && (await this.#sync()) === 'away') await realClock.sleep(RETRY_MS, signal);
    this.#following = this.#follow();
  }

  /** Asked for every message. */
  has(headers: RevocableHeaders, nowMs: number): boolean {
    return this.#revoked.has(headers, nowMs);
  }

  /** The first stamp by which a message is revoked, as Celery logs it. */
  stamp(headers: RevocableHeaders, nowMs: number): Readonly<Record<string, unknown>> | undefined {
    return this.#revoked.stamp(headers, nowMs);
  }

  ids(): readonly string[] {
    return this.#revoked.ids(Date.now());
  }

  /**
   * Came by remote control, or from a neighbour. They hold at once, and soon in the store. Celery's messages name no
   * end: this worker says for how long, by CELERY_WORKER_REVOKE_EXPIRES.
   */
  add(which: readonly RevokedTasks[]): void {
    const now = Date.now();
    const untilMs = now + this.#parts.limits.keepMs;
    this.#take(
      which.map((each): Revocation => ({ ...each, untilMs })),
      now,
    );
    this.#alarm.ring();
  }

  /** Tells the store and writes the file one last time. Never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#alarm.ring();
    await this.#following;
    if (this.#untold.size > 0) await this.#sync();
    await this.#save();
  }

  async #load(): Promise<void> {
    const { stateDb, clock } = this.#parts;
    if (!stateDb) return;
    const state = await stateDb.read();
    if (state) {
      clock.adjust(state.clock);
      this.#take(state.revoked, Date.now());
    }
    // A file that cannot be written must be known now, not when the worker has something to remember.
    await this.#write(stateDb);
  }

  #take(revocations: readonly Revocation[], nowMs: number): void {
    for (const each of revocations) {
      try {
        const { key } = storedRevocation(each);
        this.#revoked.add([each], nowMs);
        if (!this.#parts.store || each.untilMs <= nowMs) continue;
        this.#untold.delete(key);
        this.#untold.set(key, each);
      } catch (error) {
        this.#parts.log.warn('not revoked', { err: error });
      }
    }
    // While the store is away this must not grow without end either.
    for (const oldest of this.#untold.keys()) {
      if (this.#untold.size <= this.#parts.limits.max) break;
      this.#untold.delete(oldest);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#alarm.sleep(this.#everyMs);
      if (signal.aborted) return;
      await this.#sync();
      await this.#saveIfDue();
    }
  }

  /** Hears what is new in the store, and tells it what it does not know. */
  async #sync(): Promise<'away' | 'answered'> {
    const { store } = this.#parts;
    if (!store) return 'answered';
    try {
      const { revocations, cursor } = await store.since(this.#cursor);
      this.#cursor = cursor;
      this.#revoked.add(revocations, Date.now());
      for (const each of revocations) this.#forgetUntold(each);
      const untold = [...this.#untold.values()];
      if (untold.length > 0) await store.add(untold);
      for (const each of untold) this.#forgetUntold(each);
      this.#troubles.over('follow revocations');
      return 'answered';
    } catch (error) {
      this.#troubles.met('follow revocations', error);
      return error instanceof DriverError && error.code === 'unavailable' ? 'away' : 'answered';
    }
  }

  /** The store has it, for as long as is wanted. */
  #forgetUntold(told: Revocation): void {
    const { key } = storedRevocation(told);
    const untold = this.#untold.get(key);
    if (untold && untold.untilMs <= told.untilMs + SAME_END_MS) this.#untold.delete(key);
  }

  async #saveIfDue(): Promise<void> {
    if (!this.#saved) return;
    const { changes, atMs } = this.#saved;
    if (changes !== this.#revoked.changes && Date.now() - atMs >= this.#everyMs) await this.#save();
  }

  async #save(): Promise<void> {
    const { stateDb } = this.#parts;
    if (!stateDb || !this.#saved) return;
    try {
      await this.#write(stateDb);
      this.#troubles.over('write the state file');
    } catch (error) {
      this.#troubles.met('write the state file', error);
    }
  }

  async #write(stateDb: StateDb): Promise<void> {
    const now = Date.now();
    const { changes } = this.#revoked;
    await stateDb.write({ clock: this.#parts.clock.value, revoked: this.#revoked.all(now) });
    this.#saved = { changes, atMs: now };
  }
}
