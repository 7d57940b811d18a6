import {
  compressorByName,
  contentTypeOf,
  PICKLE_CONTENT_TYPE,
  serializerByContentType,
} from '@lovage/protocol';
import { parseRateLimit } from '../task/rate-limit.ts';

/** Content types by Celery's short names or in full. Those that could never be read are refused here and now. */
export function readAcceptContent(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw new Error("must be a list such as ['json', 'yaml']");
  for (const item of value) {
    if (typeof item !== 'string') throw new Error("must be a list of texts such as ['json', 'yaml']");
    const contentType = contentTypeOf(item);
    if (contentType === PICKLE_CONTENT_TYPE) {
      throw new Error('must not contain pickle: reading it runs code of whoever sent it');
    }
    if (!serializerByContentType(contentType))
      throw new Error(`contains ${item}, which nothing here can read`);
  }
  return value as readonly string[];
}

export function readCompression(value: unknown): string {
  if (typeof value === 'string' && compressorByName(value)) return value;
  throw new Error('must be one of gzip, zlib, bzip2, brotli, zstd');
}

export function readTimezone(value: unknown): string {
  try {
    if (typeof value === 'string')
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions() && value;
  } catch {}
  throw new Error("must be the name of a time zone such as 'Europe/Berlin'");
}

/** As it was written: that is what people read in answers of workers. */
export function readRateLimit(value: unknown): number | string {
  try {
    parseRateLimit(value);
    return value as number | string;
  } catch {
    throw new Error("must be a number a second, or a text such as '10/s', '100/m' or '5/h'");
  }
}

/** When to try a publish again. Intervals in seconds. */
export interface RetryPolicy {
  /** Null: until the time is up. */
  readonly maxRetries: number | null;
  readonly intervalStart: number;
  readonly intervalStep: number;
  readonly intervalMax: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxRetries: 3,
  intervalStart: 0,
  intervalStep: 0.2,
  intervalMax: 1,
};

const POLICY_NAMES: Readonly<Record<string, keyof RetryPolicy>> = {
  max_retries: 'maxRetries',
  interval_start: 'intervalStart',
  interval_step: 'intervalStep',
  interval_max: 'intervalMax',
};

/** A policy in Celery's names or ours; what is left out is Celery's default. */
export function readRetryPolicy(value: unknown): RetryPolicy {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('must be an object');
  const policy: { -readonly [Name in keyof RetryPolicy]: RetryPolicy[Name] } = { ...DEFAULT_RETRY_POLICY };
  for (const [given, amount] of Object.entries(value)) {
    const name = POLICY_NAMES[given] ?? given;
    if (!(name in policy)) throw new Error(`has no ${given}: known are ${Object.keys(policy).join(', ')}`);
    if (name === 'maxRetries' && amount === null) policy.maxRetries = null;
    else if (typeof amount === 'number' && amount >= 0) policy[name as keyof RetryPolicy] = amount;
    else throw new Error(`has the ${given} ${JSON.stringify(amount)}, which must be a number from 0`);
  }
  return policy;
}

/** Who says what is due: stored entries, those of the code, or rows of django-celery-beat. */
export type Scheduler = 'database' | 'code' | 'django';

/** As they are called here, and the classes that Celery's settings and command lines name. */
const SCHEDULERS: Readonly<Record<string, Scheduler>> = {
  database: 'database',
  code: 'code',
  django: 'django',
  'celery.beat:PersistentScheduler': 'code',
  'celery.beat.PersistentScheduler': 'code',
  'celery.beat:Scheduler': 'code',
  'celery.beat.Scheduler': 'code',
  'django_celery_beat.schedulers:DatabaseScheduler': 'django',
  'django_celery_beat.schedulers.DatabaseScheduler': 'django',
};

export function readScheduler(value: unknown): Scheduler {
  if (typeof value === 'string' && Object.hasOwn(SCHEDULERS, value)) return SCHEDULERS[value]!;
  throw new Error(
    "must be database, code or django, or Celery's celery.beat:PersistentScheduler or django_celery_beat.schedulers:DatabaseScheduler",
  );
}
