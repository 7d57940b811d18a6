import type { Delivery, Envelope, OutgoingMessage } from '../../src/index.ts';
import { bytesOf, textOf } from '../bytes.ts';

export function message(
  queue: string,
  body: string,
  { notBefore, ...more }: Partial<Envelope> & { readonly notBefore?: number } = {},
): OutgoingMessage {
  const envelope: Envelope = {
    id: crypto.randomUUID(),
    headers: { task: 'exam' },
    body: bytesOf(body),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    ...more,
  };
  return { queue, envelope, ...(notBefore === undefined ? {} : { notBefore }) };
}

export function messages(queue: string, bodies: Iterable<string | number>): OutgoingMessage[] {
  return [...bodies].map((body) => message(queue, String(body)));
}

/** 0 to n - 1. */
export function numbers(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

export function bodyOf({ envelope }: Delivery): string {
  return textOf(envelope.body);
}

export function done(delivery: Delivery) {
  return { kind: 'done', delivery } as const;
}
