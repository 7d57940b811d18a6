import type { ConsumeOptions, Consumer, Delivery } from '../src/index.ts';
import { DriverError } from '../src/index.ts';
import { Backoff } from './backoff.ts';
import type { ClaimAnswer, ClaimStore } from './claim-store.ts';
import { WakeBell } from './wake-bell.ts';

const NOTHING: ClaimAnswer = { deliveries: [] };

export interface PullConsumerHooks {
  /** Told once when the store becomes unreachable while a claim waits, and once when it is back. */
  readonly log?: (level: 'info' | 'warn', message: string) => void;
  /** Called after the consumer has closed, so that its broker can forget it. */
  readonly onClose?: () => void;
}

/** A `Consumer` over a store that cannot wait: claims, and sleeps until woken, until due, or for `pollMs`. */
export function pullConsumer(
  store: ClaimStore,
  options: ConsumeOptions,
  hooks: PullConsumerHooks = {},
): Consumer {
  const { consumer, leaseMs, prefetch } = options;
  const held = new Set<string>();
  const bell = new WakeBell();
  const closing = new AbortController();
  const trouble = new Backoff({ baseMs: 50, maxMs: 2000 });
  const stopWaking = store.onWake(() => bell.ring());
  let queues = [...options.queues];
  let claiming: Promise<readonly Delivery[]> | undefined;
  let closed: Promise<void> | undefined;
  let either: { readonly signal: AbortSignal; readonly combined: AbortSignal } | undefined;

  function refuseAfterClose(): void {
    if (closed) throw new DriverError('closed', `consumer ${consumer} is closed`);
  }

  /** Claim, and sit out the time in which the store is unreachable: that is no reason to stop a worker. */
  async function look(max: number, signal: AbortSignal): Promise<ClaimAnswer> {
    try {
      const answer = await store.claim({ consumer, queues, max, leaseMs, signal });
      if (trouble.attempts > 0) hooks.log?.('info', `consumer ${consumer} reaches its broker again`);
      trouble.reset();
      return answer;
    } catch (error) {
      if (!(error instanceof DriverError) || error.code !== 'unavailable') throw error;
      if (trouble.attempts === 0)
        hooks.log?.('warn', `consumer ${consumer} waits for its broker: ${error.message}`);
      await trouble.wait(signal);
      return { ...NOTHING, nextDueAt: 0 };
    }
  }

  async function claimOrWait(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    while (!signal.aborted) {
      bell.reset();
      const room = Math.min(max, prefetch - held.size);
      const { deliveries, nextDueAt } = room > 0 ? await look(room, signal) : NOTHING;
      if (deliveries.length > 0) {
        for (const delivery of deliveries) held.add(delivery.receipt);
        return deliveries;
      }
      // At least a tick: a due time in the past, by a clock that is not ours, must not make this spin.
      await bell.heard(Math.max(1, Math.min(store.pollMs, (nextDueAt ?? Infinity) - Date.now())), signal);
    }
    return [];
  }

  /** One for all claims of a caller, who brings the same signal each time: a new one each would pile up on it. */
  function orClosing(signal: AbortSignal): AbortSignal {
    if (either?.signal !== signal) either = { signal, combined: AbortSignal.any([signal, closing.signal]) };
    return either.combined;
  }

  function noLongerOurs(deliveries: readonly Delivery[], kept: ReadonlySet<string>): Delivery[] {
    return deliveries.filter((delivery) => !kept.has(delivery.receipt));
  }

  function letGo(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) held.delete(delivery.receipt);
    bell.ring();
  }

  async function leave(): Promise<void> {
    stopWaking();
    closing.abort();
    // A claim under way may still bring deliveries; they must be ours before they can be given back.
    await claiming?.catch(() => {});
    try {
      await store.leave(consumer);
    } finally {
      held.clear();
      hooks.onClose?.();
    }
  }

  return {
    async claim(max, signal) {
      refuseAfterClose();
      if (claiming) throw new DriverError('refused', `consumer ${consumer}: one claim at a time`);
      claiming = claimOrWait(max, orClosing(signal));
      try {
        const deliveries = await claiming;
        return closed ? [] : deliveries;
      } finally {
        claiming = undefined;
      }
    },

    async renew(deliveries) {
      refuseAfterClose();
      const receipts = deliveries.map((delivery) => delivery.receipt);
      const lost = noLongerOurs(deliveries, await store.renew(consumer, receipts, leaseMs));
      letGo(lost);
      return lost;
    },

    async settle(settlements) {
      refuseAfterClose();
      if (settlements.length === 0) return [];
      const deliveries = settlements.map((settlement) => settlement.delivery);
      const lost = noLongerOurs(deliveries, await store.settle(consumer, settlements));
      letGo(deliveries);
      return lost;
    },

    async subscribe(next) {
      refuseAfterClose();
      queues = [...next];
      bell.ring();
    },

    close() {
      closed ??= leave();
      return closed;
    },
  };
}
