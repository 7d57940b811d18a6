import type { ResultRecord } from '@lovage/contracts';
import { TimeoutError } from '../errors.ts';
import type { Waiter } from './waiter.ts';

/** How one caller waits. Times in seconds. */
interface WaitOptions {
  readonly timeout?: number;
  readonly interval?: number;
  readonly signal?: AbortSignal;
}

const toMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

/** Resolves with the record of the task's end. Leaves nothing behind, however it ends. */
export async function waitForEnd(
  waiter: Waiter,
  taskId: string,
  { timeout, interval, signal }: WaitOptions,
): Promise<ResultRecord> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<ResultRecord>();
  const stop = waiter.listen(
    taskId,
    {
      onRecord: (record) => {
        if (record.final) resolve(record);
      },
      onError: reject,
    },
    toMs(interval),
  );
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeout === undefined ? undefined : setTimeout(() => reject(new TimeoutError()), timeout * 1000);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    stop();
  }
}

/**
 * What each record of the task is read as, until and with the final one.
 * @param present Answers the record that is kept now: a watch tells only of those that come, and of the final one.
 */
export async function* observe<Update>(
  waiter: Waiter,
  taskId: string,
  { interval, signal }: WaitOptions,
  present: () => Promise<ResultRecord | undefined>,
  read: (record: ResultRecord) => Update,
): AsyncGenerator<Update, void> {
  signal?.throwIfAborted();
  const arrived: ResultRecord[] = [];
  let failure: { readonly reason: unknown } | undefined;
  let wake: (() => void) | undefined;
  const stop = waiter.listen(
    taskId,
    {
      onRecord: (record) => {
        arrived.push(record);
        wake?.();
      },
      onError: (reason) => {
        failure = { reason };
        wake?.();
      },
    },
    toMs(interval),
  );
  const onAbort = () => {
    failure = { reason: signal?.reason };
    wake?.();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let last: ResultRecord | undefined;
  try {
    const kept = await present();
    if (kept) arrived.unshift(kept);
    for (;;) {
      const record = arrived.shift();
      if (record) {
        if (last && isSame(last, record)) continue;
        last = record;
        yield read(record);
        if (record.final) return;
      } else if (failure) {
        throw failure.reason;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stop();
  }
}

/** A record that was both found and told of. */
const isSame = (one: ResultRecord, other: ResultRecord): boolean =>
  one.state === other.state && Buffer.compare(one.payload, other.payload) === 0;
