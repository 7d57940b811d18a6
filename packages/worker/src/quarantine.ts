import type { Delivery, OutgoingMessage } from '@lovage/contracts';

/** Where messages that no task will ever run are kept for a person to look at. An ordinary queue. */
export const QUARANTINE = 'lovage.quarantine';

/** The delivery as it came, with why, whence and when in its headers. */
export function quarantined(delivery: Delivery, reason: string, nowMs: number): OutgoingMessage {
  return {
    queue: QUARANTINE,
    envelope: {
      ...delivery.envelope,
      headers: {
        ...delivery.envelope.headers,
        lovage_reason: reason,
        lovage_queue: delivery.queue,
        lovage_at: new Date(nowMs).toISOString(),
      },
    },
  };
}
