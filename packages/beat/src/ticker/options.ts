import { type App, ImproperlyConfigured, type Logger } from '@lovage/app';
import type { LockStore, ScheduleStore } from '@lovage/contracts';
import { type BeatClock, beatClock } from './clock.ts';
import type { BeatMetrics } from './metrics.ts';
import type { SentRun } from './runs.ts';

/** Where entries are kept, and who leads: what the app's settings name, or what is given. */
export interface BeatStore {
  readonly schedules: ScheduleStore;
  readonly locks: LockStore;
  /** Its URL, the password hidden. */
  readonly label: string;
  /** It is the broker's own store: a run is claimed and sent in one step. */
  readonly withBroker: boolean;
}

export interface BeatOptions {
  /**
   * Who says what runs. 'database': the store, into which the code's entries are taken at start. 'code': the code alone;
   * the store keeps when each ran. Default: the setting `beatScheduler`.
   */
  readonly scheduler?: 'database' | 'code';
  /** The longest sleep before changed entries are looked for. Default: `beatMaxLoopInterval`, or 5000 ms. */
  readonly maxIntervalMs?: number;
  /** How long a leader that vanished is waited for: it is replaced within 2 s more at most. Default 8000 ms. */
  readonly leaseMs?: number;
  /** Due times that are older are missed: `missed` says what becomes of them. Up to then they are late. Default 15,000 ms. */
  readonly missedAfterMs?: number;
  /** It runs in a worker's process: the signal `beatEmbeddedInit` is sent too. */
  readonly embedded?: boolean;
  readonly clock?: BeatClock;
  /** Default: the app's. */
  readonly log?: Logger;
  readonly metrics?: BeatMetrics;
  /** Told of every run that was sent. */
  readonly onSent?: (run: SentRun) => void;
  /** Default: `(await app.drivers()).periodic()`. */
  readonly store?: BeatStore;
}

export interface ResolvedOptions {
  readonly scheduler: 'database' | 'code';
  readonly maxIntervalMs: number;
  readonly leaseMs: number;
  readonly missedAfterMs: number;
  readonly embedded: boolean;
  readonly clock: BeatClock;
  readonly log: Logger;
  readonly onSent: (run: SentRun) => void;
  readonly store: BeatStore | undefined;
}

const MAX_INTERVAL_MS = 5000;
const LEASE_MS = 8000;
const MISSED_AFTER_MS = 15_000;

/** @throws ImproperlyConfigured for times that cannot be */
export function resolveOptions(app: App, options: BeatOptions): ResolvedOptions {
  const { beatScheduler, beatMaxLoopInterval } = app.conf;
  const { metrics, onSent } = options;
  const resolved = {
    scheduler: options.scheduler ?? (beatScheduler === 'code' ? ('code' as const) : ('database' as const)),
    maxIntervalMs: options.maxIntervalMs ?? (beatMaxLoopInterval * 1000 || MAX_INTERVAL_MS),
    leaseMs: options.leaseMs ?? LEASE_MS,
    missedAfterMs: options.missedAfterMs ?? MISSED_AFTER_MS,
    embedded: options.embedded ?? false,
    clock: options.clock ?? beatClock,
    log: options.log ?? app.logger,
    onSent: (run: SentRun) => {
      metrics?.sent(run);
      onSent?.(run);
    },
    store: options.store,
  };
  for (const name of ['maxIntervalMs', 'leaseMs', 'missedAfterMs'] as const) {
    const ms = resolved[name];
    if (!Number.isFinite(ms) || ms < 10)
      throw new ImproperlyConfigured(`beat: ${name} must be a number of ms from 10, not ${ms}`);
  }
  return resolved;
}
