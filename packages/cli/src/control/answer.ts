import { isRecord } from '../records.ts';

/** What a node said: Celery's nodes answer `{ ok }`, `{ error }`, or the value itself. */
export type Answer =
  | { readonly kind: 'ok'; readonly said: unknown }
  | { readonly kind: 'error'; readonly said: unknown }
  | { readonly kind: 'value'; readonly value: unknown };

export function readAnswer(answer: unknown): Answer {
  if (isRecord(answer)) {
    if ('ok' in answer) return { kind: 'ok', said: answer['ok'] };
    if ('error' in answer) return { kind: 'error', said: answer['error'] };
  }
  return { kind: 'value', value: answer };
}
