import { AddressGuard } from './http/addresses.ts';
import { STANDARD_RETRY_SCHEDULE } from './retry-schedule.ts';

export interface OutboxOptions {
  /** Deliveries that one `deliver()` tries, all at once. Default 20. */
  readonly batchSize?: number;
  /** For one try, from the name to the answer. Default 10. */
  readonly timeoutSeconds?: number;
  /** How long a delivery that is being tried is nobody else's, at least twice the timeout. Default three times. */
  readonly leaseSeconds?: number;
  /** Seconds before each further try. Default that of Standard Webhooks: 5 s, 5 min, 30 min… 24 h, ten tries in three days. */
  readonly retrySchedule?: readonly number[];
  /** How long delivered events are kept. Default 168. */
  readonly retentionHours?: number;
  /** How long failed ones are, so that somebody can look at them. Default 720. */
  readonly failedRetentionHours?: number;
  /** Events that one `cleanup()` deletes. Default 1,000. */
  readonly cleanupBatchSize?: number;
  /** Of an event's data, as JSON. Default 262,144. */
  readonly maxPayloadBytes?: number;
  /** How much of an answer is read. Default 16,384. */
  readonly maxResponseBytes?: number;
  /** Take endpoints without TLS. Default false. */
  readonly allowHttp?: boolean;
  /** Addresses and ranges (`127.0.0.1`, `10.1.0.0/16`) that are sent to though they are not public: a receiver of yours, or a test's. */
  readonly allowAddresses?: readonly string[];
  /**
   * The fast path: called after a transaction of `outbox.transaction` that emitted something was committed. Call the task here that
   * delivers. Its failure fails nobody: the sweep finds the event.
   */
  readonly afterCommit?: () => unknown;
  /** Told of what failed beside the way, such as the fast path. Default a warning of the process. */
  readonly onError?: (error: Error) => void;
  /** Epoch ms; tests give one that they can move. Default the database's clock. */
  readonly now?: () => number;
}

/** The options with their defaults, in ms. */
export interface OutboxConfig {
  readonly batchSize: number;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  readonly retrySchedule: readonly number[];
  readonly retentionMs: number;
  readonly failedRetentionMs: number;
  readonly cleanupBatchSize: number;
  readonly maxPayloadBytes: number;
  readonly maxResponseBytes: number;
  readonly allowHttp: boolean;
  readonly guard: AddressGuard;
  readonly now: (() => number) | undefined;
}

const HOUR_MS = 3_600_000;

/** @throws TypeError or RangeError for an option that is none, by its name */
export function readOptions(options: OutboxOptions): OutboxConfig {
  const { retrySchedule = STANDARD_RETRY_SCHEDULE, timeoutSeconds = 10, now } = options;
  const timeoutMs = 1_000 * positive('timeoutSeconds', timeoutSeconds);
  const leaseMs = 1_000 * positive('leaseSeconds', options.leaseSeconds ?? 3 * timeoutSeconds);
  if (leaseMs < 2 * timeoutMs)
    throw new RangeError(
      `leaseSeconds must be at least twice timeoutSeconds (${timeoutSeconds}): a try that lasts longer than its lease is made twice`,
    );
  for (const seconds of retrySchedule) {
    if (!(Number.isFinite(seconds) && seconds >= 0))
      throw new RangeError(`retrySchedule must hold seconds, 0 or more each, not ${String(seconds)}`);
  }
  return {
    batchSize: whole('batchSize', options.batchSize ?? 20),
    timeoutMs,
    leaseMs,
    retrySchedule: [...retrySchedule],
    retentionMs: HOUR_MS * positive('retentionHours', options.retentionHours ?? 168),
    failedRetentionMs: HOUR_MS * positive('failedRetentionHours', options.failedRetentionHours ?? 720),
    cleanupBatchSize: whole('cleanupBatchSize', options.cleanupBatchSize ?? 1_000),
    maxPayloadBytes: whole('maxPayloadBytes', options.maxPayloadBytes ?? 262_144),
    maxResponseBytes: whole('maxResponseBytes', options.maxResponseBytes ?? 16_384),
    allowHttp: options.allowHttp ?? false,
    guard: new AddressGuard(options.allowAddresses),
    now,
  };
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`${name} must be a number above 0, not ${String(value)}`);
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`${name} must be a whole number above 0, not ${String(value)}`);
}
