import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lock, LockStore } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { Backoff } from '@lovage/contracts/kit';
import type { App } from '../app.ts';
import { ImproperlyConfigured, LockLost, LockNotAcquired, OperationalError } from '../errors.ts';
import { currentTask } from '../execution/current.ts';
import { Lease } from './lease.ts';
import type { LockOptions } from './options.ts';
import { checkLock } from './options.ts';

/** A lock as its holder sees it. */
export interface HeldLock {
  readonly name: string;
  /**
   * The fencing token: larger each time that a lock of this name is taken. A store that keeps the largest it has seen, and
   * refuses smaller ones, is safe even from a holder that was stopped for longer than its lock lasted.
   */
  readonly fence: number;
  /** Aborted with LockLost when the lock may be somebody else's, and when the task is to stop. Hand it on to what takes long. */
  readonly signal: AbortSignal;
  /** @throws LockLost. Call it before what cannot be undone. */
  assertHeld(): void;
}

type Work<T> = (lock: HeldLock) => T | PromiseLike<T>;

export interface WithLock {
  /**
   * Does some work while holding a lock that one holder at a time can have, among all processes that share the store. The
   * lock is renewed until the work has ended, and then freed; it lapses by itself when its holder dies.
   * @throws LockNotAcquired when somebody else holds it for as long as `wait`
   * @throws LockLost when the work ended after the lock was lost, whatever it returned or threw: that is its `cause`
   * @throws InvalidCall, and ImproperlyConfigured where no store keeps locks
   * @throws OperationalError while the store is away
   *
   * @example
   * await app.withLock('reports.nightly', { ttl: 60, wait: 5 }, async ({ fence, signal }) => {
   *   const pages = await collect({ signal });
   *   await db.query('update report set pages = $1, fence = $2 where fence < $2', [pages, fence]);
   * });
   */
  <T>(name: string, options: LockOptions, work: Work<T>): Promise<Awaited<T>>;
  <T>(name: string, work: Work<T>): Promise<Awaited<T>>;
}

/** Waits between two tries, at most, in ms: nobody is told when a lock is freed. */
const POLL = { baseMs: 50, maxMs: 1000 } as const;

/** `app.withLock`. */
export const withLockOf =
  (app: App): WithLock =>
  async <T>(name: string, ...rest: [Work<T>] | [LockOptions, Work<T>]): Promise<Awaited<T>> => {
    const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
    checkLock(name, options);
    const self = currentTask();
    const owner =
      options.owner ?? (self ? `${self.name}[${self.request.id}]` : `${process.pid}@${hostname()}`);
    const stops = [options.signal, self?.signal].filter((signal) => signal !== undefined);
    const ttlMs = (options.ttl ?? 30) * 1000;
    const store = await storeOf(app);
    const { lock, fromMs } = await taken(store, { name, owner, ttlMs, wait: options.wait ?? 0, stops });
    const lease = new Lease(store, lock, { ttlMs, fromMs, log: app.logger });
    return held(lease, lock, stops, work);
  };

async function storeOf(app: App): Promise<LockStore> {
  const { locks, brokerLabel, resultsLabel } = await app.drivers();
  if (locks) return locks;
  throw new ImproperlyConfigured(
    `neither ${brokerLabel} nor ${resultsLabel} can keep locks: set lovageLockUrl to a store that can (sqlite, redis, postgresql)`,
  );
}

async function taken(
  store: LockStore,
  wish: { name: string; owner: string; ttlMs: number; wait: number; stops: readonly AbortSignal[] },
): Promise<{ readonly lock: Lock; readonly fromMs: number }> {
  const { name, owner, ttlMs, wait } = wish;
  const stop = AbortSignal.any([...wish.stops]);
  const backoff = new Backoff(POLL);
  const startedMs = performance.now();
  for (;;) {
    stop.throwIfAborted();
    const fromMs = performance.now();
    const lock = await asked(store, name, owner, ttlMs);
    if (lock) return { lock, fromMs };
    const leftMs = startedMs + wait * 1000 - performance.now();
    if (leftMs <= 0) throw new LockNotAcquired(name, wait);
    await sleep(Math.min(leftMs, 10 + backoff.next()), undefined, { signal: stop }).catch(() => {});
  }
}

async function asked(
  store: LockStore,
  name: string,
  owner: string,
  ttlMs: number,
): Promise<Lock | undefined> {
  try {
    return await store.acquire(name, owner, ttlMs);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    throw new OperationalError(`cannot take the lock ${name}: ${error.message}`, { cause: error });
  }
}

async function held<T>(
  lease: Lease,
  { name, fence }: Lock,
  stops: readonly AbortSignal[],
  work: Work<T>,
): Promise<Awaited<T>> {
  const lock: HeldLock = {
    name,
    fence,
    signal: AbortSignal.any([lease.signal, ...stops]),
    assertHeld() {
      if (lease.lost) throw lease.lost;
    },
  };
  try {
    const value = await work(lock);
    if (lease.lost) throw lease.lost;
    return value;
  } catch (error) {
    const { lost } = lease;
    if (!lost || error === lost) throw error;
    throw new LockLost(name, fence, lost.why, { cause: error });
  } finally {
    await lease.end();
  }
}
