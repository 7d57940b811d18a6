/**
 * Reading fields of events. They come from anybody: what has the wrong type counts as left out, and no text is kept
 * beyond its bound.
 */
import type { EventDocument } from '@lovage/protocol';

/** Names: of tasks, queues, programs. */
const MAX_NAME = 255;
/** Arguments, results and errors as texts; Celery's workers send 1,024 characters. */
const MAX_REPR = 2048;
const MAX_TRACEBACK = 8192;

/** A text that identifies something: cut, it would be another's. Undefined for what is none. */
export function identity(event: EventDocument, field: string): string | undefined {
  const value = event[field];
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME ? value : undefined;
}

export const name = (event: EventDocument, field: string): string | undefined =>
  start(event[field], MAX_NAME);

export const repr = (event: EventDocument, field: string): string | undefined =>
  start(event[field], MAX_REPR);

/** Its end tells most: the error is in the last line. */
export function traceback(event: EventDocument): string | undefined {
  const value = event['traceback'];
  if (typeof value !== 'string' || value.length <= MAX_TRACEBACK) return start(value, MAX_TRACEBACK);
  return own(value.slice(-MAX_TRACEBACK));
}

export function number(event: EventDocument, field: string): number | undefined {
  const value = event[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** From 0: counts, seconds, clocks. */
export function amount(event: EventDocument, field: string): number | undefined {
  const value = number(event, field);
  return value !== undefined && value >= 0 ? value : undefined;
}

export function flag(event: EventDocument, field: string): boolean | undefined {
  const value = event[field];
  return typeof value === 'boolean' ? value : undefined;
}

/** The machine's load over 1, 5 and 15 minutes. */
export function loadAverage(event: EventDocument): readonly [number, number, number] | undefined {
  const value = event['loadavg'];
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  if (!value.every((each) => typeof each === 'number' && Number.isFinite(each))) return undefined;
  return [value[0], value[1], value[2]];
}

function start(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.length <= max ? value : own(value.slice(0, max));
}

/** A copy: a slice would keep the whole text that it is of. */
const own = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');
