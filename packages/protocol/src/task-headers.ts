import type { Envelope } from '@lovage/contracts';
import { InvalidTaskError } from './errors.ts';
import { FAILURE_HEADER } from './failure.ts';
import { isRecord, setOwn } from './plain.ts';
import { DEFAULT_MAX_BYTES, readLegacyBody } from './task-body.ts';
import { parseIso } from './times.ts';
import { isTypedValue } from './typed-values.ts';

/** What a message says of one call, without its arguments. Times in epoch ms. */
export interface TaskHeaders {
  readonly task: string;
  readonly id: string;
  /** The sender's language: 'py', 'js'. */
  readonly lang: string | null;
  /** A name to show instead of the task's. */
  readonly shadow: string | null;
  /** Epoch ms, rounded up: never early. */
  readonly eta?: number;
  readonly expires?: number;
  /** As on the wire; a retry sends it on unchanged. */
  readonly etaText: string | null;
  readonly expiresText: string | null;
  readonly group: string | null;
  readonly groupIndex: number | null;
  /** How often it has been retried. */
  readonly retries: number;
  /** Seconds; null where the message sets none. */
  readonly timelimit: readonly [hard: number | null, soft: number | null];
  readonly rootId: string;
  readonly parentId: string | null;
  readonly argsrepr: string | null;
  readonly kwargsrepr: string | null;
  readonly origin: string | null;
  /** Null when the message leaves it to the task. */
  readonly ignoreResult: boolean | null;
  readonly replacedTaskNesting: number;
  readonly stampedHeaders: readonly string[] | null;
  readonly stamps: Readonly<Record<string, unknown>>;
  /** Every other header. Wire values: typed values in them are still wrapped. */
  readonly custom: Readonly<Record<string, unknown>>;
  /** Content type of the body's compression. */
  readonly compression: string | null;
  readonly protocol: 1 | 2;
}

/** The headers that are Celery's own; any other is the sender's. */
export const TASK_HEADERS: ReadonlySet<string> = new Set([
  'lang',
  'task',
  'id',
  'shadow',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'argsrepr',
  'kwargsrepr',
  'origin',
  'ignore_result',
  'replaced_task_nesting',
  'stamped_headers',
  'stamps',
  'compression',
]);

export interface ReadHeadersOptions {
  /** IANA zone meant by an `eta` or `expires` without offset. Default 'UTC'. */
  readonly timezone?: string;
  /** Largest body that is opened, which only a message of protocol 1 needs. Default 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * What the headers of a task message say. A message of protocol 1 keeps them in its JSON body, which is decoded for it.
 * @throws InvalidTaskError when it is no task message, or one of its headers cannot be read
 */
export function readHeaders(envelope: Envelope, options: ReadHeadersOptions = {}): TaskHeaders {
  if (envelope.headers['task'] !== undefined) {
    return read(envelope.headers, customHeaders(envelope.headers), 2, options.timezone);
  }
  const body = readLegacyBody(envelope, options.maxBytes ?? DEFAULT_MAX_BYTES);
  const group = body['taskset'] ?? body['group'];
  const fields = { ...body, group, compression: envelope.headers['compression'] };
  return read(fields, customHeaders(envelope.headers), 1, options.timezone);
}

function read(
  headers: Readonly<Record<string, unknown>>,
  custom: Readonly<Record<string, unknown>>,
  protocol: 1 | 2,
  timezone: string | undefined,
): TaskHeaders {
  const id = required(headers, 'id');
  const etaText = timeText(headers, 'eta');
  const expiresText = timeText(headers, 'expires');
  const eta = etaText === null ? undefined : time('eta', etaText, timezone);
  const expires = expiresText === null ? undefined : time('expires', expiresText, timezone);
  const fields = {
    task: required(headers, 'task'),
    id,
    lang: display(headers['lang']),
    shadow: display(headers['shadow']),
    etaText,
    expiresText,
    group: optional(headers, 'group'),
    groupIndex: integer(headers, 'group_index'),
    retries: integer(headers, 'retries') ?? 0,
    timelimit: timelimit(headers['timelimit']),
    rootId: optional(headers, 'root_id') || id,
    parentId: optional(headers, 'parent_id'),
    argsrepr: display(headers['argsrepr']),
    kwargsrepr: display(headers['kwargsrepr']),
    origin: display(headers['origin']),
    ignoreResult: flag(headers, 'ignore_result'),
    replacedTaskNesting: integer(headers, 'replaced_task_nesting') ?? 0,
    stampedHeaders: names(headers['stamped_headers']),
    stamps: stamps(headers['stamps']),
    custom,
    compression: optional(headers, 'compression'),
    protocol,
  };
  if (eta === undefined) return expires === undefined ? fields : { ...fields, expires };
  return expires === undefined ? { ...fields, eta } : { ...fields, eta, expires };
}

const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

function customHeaders(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let custom: Record<string, unknown> | undefined;
  for (const key in headers) {
    if (TASK_HEADERS.has(key) || key === 'redelivered') continue;
    // What stores and workers note on a message is theirs; a failure that it tells of belongs to its task.
    if (key.startsWith('lovage_') && key !== FAILURE_HEADER) continue;
    custom ??= {};
    setOwn(custom, key, headers[key]);
  }
  return custom ?? NONE;
}

function required(headers: Readonly<Record<string, unknown>>, name: string): string {
  const value = headers[name];
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(name, value, 'a string');
}

function optional(headers: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = headers[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw wrong(name, value, 'a string or null');
}

/** Shown to people and nothing else: whatever is no text is left out. */
function display(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function integer(headers: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = headers[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(name, value, 'a whole number, 0 or more');
}

function flag(headers: Readonly<Record<string, unknown>>, name: string): boolean | null {
  const value = headers[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  throw wrong(name, value, 'true, false or null');
}

const NO_LIMITS: readonly [null, null] = [null, null];

function timelimit(value: unknown): readonly [hard: number | null, soft: number | null] {
  if (value === undefined || value === null) return NO_LIMITS;
  if (Array.isArray(value) && value.length === 2) {
    const [hard, soft] = value as readonly unknown[];
    if (!hard && !soft) return NO_LIMITS;
    if (isLimit(hard) && isLimit(soft)) return [hard || null, soft || null];
  }
  throw wrong('timelimit', value, '[hard, soft] in seconds, each a number or null');
}

/** Zero counts as none, as in Celery. */
function isLimit(value: unknown): value is number | null | undefined {
  return value === null || value === undefined || (typeof value === 'number' && value >= 0);
}

function names(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw wrong('stamped_headers', value, 'an array of strings or null');
}

function stamps(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return NONE;
  if (isRecord(value)) return value;
  throw wrong('stamps', value, 'an object');
}

/** A sender may have put a datetime itself in a header: kombu wraps it as it does in a body. */
function timeText(headers: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = headers[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  if (isRecord(value) && isTypedValue(value) && typeof value.__value__ === 'string') return value.__value__;
  throw wrong(name, value, 'an ISO 8601 time or null');
}

function time(name: string, text: string, timezone: string | undefined): number {
  const ms = parseIso(text, timezone);
  if (ms === undefined) throw wrong(name, text, 'an ISO 8601 time such as 2026-01-02T03:04:05.000000+00:00');
  return Math.ceil(ms);
}

function wrong(name: string, value: unknown, expected: string): InvalidTaskError {
  if (value === undefined)
    return new InvalidTaskError(name, `header '${name}' is missing: it must be ${expected}`);
  const shown = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return new InvalidTaskError(name, `header '${name}' is ${shown.slice(0, 100)}: it must be ${expected}`);
}
