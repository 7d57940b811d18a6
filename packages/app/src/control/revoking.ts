import { constants } from 'node:os';
import type { Revocation } from '@lovage/contracts';
import { nearest } from '@lovage/contracts/kit';
import { InvalidCall } from '../errors.ts';

/** How long a revoke holds: Celery's REVOKE_EXPIRES, three hours. */
export const REVOKE_KEEP_MS = 10_800_000;

/** Tasks by one of their stamped headers: `{ customer: 'acme' }`, or several values each. */
export type StampedHeaders = Readonly<Record<string, string | readonly string[]>>;

export const DEFAULT_SIGNAL = 'SIGTERM';

/** @throws InvalidCall for what is no id */
export function taskIds(ids: string | readonly string[]): readonly string[] {
  const list = typeof ids === 'string' ? [ids] : ids;
  if (Array.isArray(list) && list.every((id) => typeof id === 'string' && id !== '')) return list;
  throw new InvalidCall('a revoke needs the id of a task, or a list of ids');
}

/** @throws InvalidCall unless it is a name as in `kill -l`, with or without SIG */
export function signalName(signal: string): string {
  const known = Object.keys(constants.signals);
  if (known.includes(signal) || known.includes(`SIG${signal}`)) return signal;
  const near = nearest(String(signal), known);
  throw new InvalidCall(
    `there is no signal ${JSON.stringify(signal)}${near ? `; did you mean ${near}?` : ''}`,
  );
}

/** @throws InvalidCall unless it names a header, and texts as its values */
export function stampedHeaders(headers: StampedHeaders): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(headers ?? {}).map(([header, value]) => {
    const values = typeof value === 'string' ? [value] : value;
    return [header, values] as const;
  });
  const isList = (values: unknown): boolean =>
    Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'string');
  if (entries.length > 0 && entries.every(([, values]) => isList(values))) return Object.fromEntries(entries);
  throw new InvalidCall("a revoke by stamps needs headers and their values, as in { customer: ['acme'] }");
}

export function revocationsOfIds(ids: readonly string[], nowMs: number): readonly Revocation[] {
  return ids.map((taskId) => ({ kind: 'id', taskId, untilMs: nowMs + REVOKE_KEEP_MS }));
}

export function revocationsOfStamps(
  headers: Readonly<Record<string, readonly string[]>>,
  nowMs: number,
): readonly Revocation[] {
  return Object.entries(headers).flatMap(([header, values]) =>
    values.map((value) => ({ kind: 'stamp' as const, header, value, untilMs: nowMs + REVOKE_KEEP_MS })),
  );
}
