import type { Logger } from '@lovage/app';
import { ImproperlyConfigured } from '@lovage/app';
import type { Clock, Pool } from '@lovage/contracts';
import { realClock } from '@lovage/contracts/kit';
import type { AutoscalePanel } from './control/panel.ts';
import type { AutoscaleRange } from './options.ts';

const CHECK_MS = 1000;
const KEEPALIVE_S = 30;

export interface AutoscalerOptions {
  readonly pool: Pick<Pool, 'size' | 'resize'>;
  readonly range: AutoscaleRange;
  /** Jobs running and waiting for a slot. */
  readonly queued: () => number;
  /** A pool that grew keeps its size for so long. */
  readonly keepaliveMs: number;
  readonly log: Logger;
  /** Its range was changed: there may be room for more. */
  readonly onRange?: () => void;
  readonly clock?: Clock;
}

/**
 * Gives a pool as many slots as there are jobs, within a range (wire spec 7.8): more as soon as they are needed,
 * fewer once it has not grown for a while.
 */
export class Autoscaler implements AutoscalePanel {
  readonly #pool: Pick<Pool, 'size' | 'resize'>;
  readonly #queued: () => number;
  readonly #keepaliveMs: number;
  readonly #log: Logger;
  readonly #onRange: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #range: AutoscaleRange;
  #grewMs = -Infinity;

  /** @throws RangeError unless 0 ≤ min ≤ max and 1 ≤ max */
  constructor(options: AutoscalerOptions) {
    this.#pool = options.pool;
    this.#range = checked(options.range);
    this.#queued = options.queued;
    this.#keepaliveMs = options.keepaliveMs;
    this.#log = options.log;
    this.#onRange = options.onRange;
    this.#clock = options.clock ?? realClock;
  }

  get max(): number {
    return this.#range.max;
  }

  get min(): number {
    return this.#range.min;
  }

  get current(): number {
    return this.#pool.size;
  }

  get queued(): number {
    return this.#queued();
  }

  /** Checks every second until it is stopped. */
  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** For whoever brings work: it need not wait for the next second. */
  check(): void {
    if (this.#stopping.signal.aborted) return;
    const { size } = this.#pool;
    const wanted = Math.min(this.max, Math.max(this.min, this.#queued()));
    const nowMs = this.#clock.now();
    // A clock that was set back must not keep it large for ever.
    this.#grewMs = Math.min(this.#grewMs, nowMs);
    if (wanted > size) {
      this.#grewMs = nowMs;
      this.#resize(wanted);
    } else if (wanted < size && nowMs - this.#grewMs > this.#keepaliveMs) {
      this.#resize(wanted);
    }
  }

  /**
   * Changes the range; what is left out stays. A pool outside of it is resized now.
   * @throws RangeError unless 0 ≤ min ≤ max and 1 ≤ max
   */
  set(range: { readonly max?: number; readonly min?: number }): void {
    this.#range = checked({ max: range.max ?? this.max, min: range.min ?? this.min });
    const { size } = this.#pool;
    if (size > this.max) this.#resize(this.max);
    else if (size < this.min) this.#resize(this.min);
    this.#onRange?.();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.check();
      await this.#clock.sleep(CHECK_MS, signal);
    }
  }

  #resize(size: number): void {
    const by = size - this.#pool.size;
    this.#log.info(`Scaling ${by > 0 ? 'up' : 'down'} ${Math.abs(by)} processes.`);
    this.#pool.resize(size).catch((error: unknown) => {
      this.#log.error(`Autoscaler: cannot scale to ${size}`, { err: error });
    });
  }
}

/**
 * Seconds in the environment's AUTOSCALE_KEEPALIVE, as for Celery; in ms.
 * @throws ImproperlyConfigured when that is no number from 0
 */
export function autoscaleKeepaliveMs(environment: Readonly<Record<string, string | undefined>>): number {
  const given = environment['AUTOSCALE_KEEPALIVE'];
  if (given === undefined || given === '') return KEEPALIVE_S * 1000;
  const seconds = Number(given);
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw new ImproperlyConfigured(
    `the environment variable AUTOSCALE_KEEPALIVE must be a number of seconds from 0, not '${given}'`,
  );
}

function checked({ max, min }: AutoscaleRange): AutoscaleRange {
  const fits = Number.isInteger(max) && Number.isInteger(min) && min >= 0 && max >= 1 && min <= max;
  if (fits) return { max, min };
  throw new RangeError(
    `autoscale needs whole numbers with 0 ≤ min ≤ max and 1 ≤ max, not max=${max} min=${min}`,
  );
}
