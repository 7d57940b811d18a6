import type { Claimed } from './claim.ts';
import { bodyOf } from './event.ts';
import { post } from './http/post.ts';
import { signedHeaders } from './http/sign.ts';
import type { OutboxConfig } from './options.ts';
import { parseRetryAfter, waitAfter } from './retry-schedule.ts';
import type { Outcome } from './settle.ts';

/** What a try came to, and what it says of its endpoint. */
export interface Attempt {
  readonly outcome: Outcome;
  /** The endpoint is gone for good (410). */
  readonly gone?: boolean;
  /** It asked that nothing be sent for so long, in ms. */
  readonly pauseMs?: number;
}

/** Sends one delivery once. 2xx is delivered; everything else, redirects included, is a failure. Never rejects. */
export async function attempt(claimed: Claimed, config: OutboxConfig): Promise<Attempt> {
  const { endpoint, event } = claimed;
  if (!endpoint) return ends('its endpoint was removed');
  if (endpoint.disabledReason !== undefined)
    return ends(`its endpoint is disabled: ${endpoint.disabledReason}`);

  // A receiver compares the signature's time with its own clock, so this is real time, whatever tests do to the schedule.
  const now = Date.now();
  let answer: Awaited<ReturnType<typeof post>>;
  try {
    const body = bodyOf(event);
    const headers = signedHeaders(claimed.eventId, body, endpoint.secrets, now);
    answer = await post({ url: endpoint.url, headers, body, ...config });
  } catch (error) {
    return fails(error instanceof Error ? error.message || error.name : String(error), undefined, 0);
  }
  const { status, text } = answer;
  if (status >= 200 && status < 300) return { outcome: { kind: 'delivered', status } };
  const told = `it answered ${status}${text ? `: ${text}` : ''}`;
  if (status === 410) return { ...ends(told, status), gone: true };
  return fails(told, status, parseRetryAfter(answer.retryAfter, now));

  function fails(error: string, status: number | undefined, pauseMs: number): Attempt {
    const waitMs = waitAfter(config.retrySchedule, claimed.attempts, pauseMs, Math.random());
    return { outcome: { kind: 'failed', status, error, waitMs }, ...(pauseMs > 0 ? { pauseMs } : {}) };
  }
}

function ends(error: string, status?: number): Attempt {
  return { outcome: { kind: 'failed', status, error, waitMs: undefined } };
}
