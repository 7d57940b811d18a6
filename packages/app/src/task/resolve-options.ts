import { nearest } from '@lovage/contracts/kit';
import { compressorByName, serializerByName } from '@lovage/protocol';
import { camelCase } from '../config/names.ts';
import type { Settings } from '../config/settings.ts';
import { ImproperlyConfigured } from '../errors.ts';
import type { ResolvedTaskOptions, TaskOptions } from './options.ts';
import { parseRateLimit } from './rate-limit.ts';
import { isTaskSchedule } from './schedule.ts';
import { isStandardSchema } from './standard-schema.ts';

type Check = (value: unknown) => boolean;

const isBoolean: Check = (value) => typeof value === 'boolean';
const isSeconds: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isLimit: Check = (value) => value === null || (isSeconds(value) && value !== 0);
const isCount: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const isClasses: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === 'function');
const isText: Check = (value) => typeof value === 'string' && value !== '';

/** What each option must be. */
const CHECKS: { readonly [Name in keyof TaskOptions]-?: readonly [says: string, check: Check] } = {
  bind: ['true or false', isBoolean],
  params: ['a list of parameter names', (value) => Array.isArray(value) && value.every(isText)],
  schema: ['a Standard Schema of the list of arguments (zod, valibot, arktype)', isStandardSchema],
  maxRetries: ['a whole number from 0, or null for no limit', (value) => value === null || isCount(value)],
  defaultRetryDelay: ['a number of seconds from 0', isSeconds],
  autoretryFor: ['a list of error classes', isClasses],
  dontAutoretryFor: ['a list of error classes', isClasses],
  retryKwargs: ['an object with maxRetries and countdown', isRetryKwargs],
  retryBackoff: ['true, false or a number of seconds', (value) => isBoolean(value) || isSeconds(value)],
  retryBackoffMax: ['a number of seconds from 0', isSeconds],
  retryJitter: ['true or false', isBoolean],
  rateLimit: ["a number a second, or a text such as '10/s', '100/m' or '5/h'", isRateLimit],
  softTimeLimit: ['a number of seconds above 0, or null', isLimit],
  timeLimit: ['a number of seconds above 0, or null', isLimit],
  acksLate: ['true or false', isBoolean],
  acksOnFailureOrTimeout: ['true or false', isBoolean],
  rejectOnWorkerLost: ['true or false', isBoolean],
  ignoreResult: ['true or false', isBoolean],
  storeErrorsEvenIfIgnored: ['true or false', isBoolean],
  trackStarted: ['true or false', isBoolean],
  sendEvents: ['true or false', isBoolean],
  throws: ['a list of error classes', isClasses],
  deadLetter: ['true or false', isBoolean],
  queue: ['the name of a queue', isText],
  priority: ['a whole number from 0 to 9', (value) => isCount(value) && (value as number) <= 9],
  expires: ['a number of seconds from 0, or a Date', (value) => isSeconds(value) || value instanceof Date],
  serializer: ['json or yaml', (value) => typeof value === 'string' && serializerByName(value) !== undefined],
  compression: [
    'one of gzip, zlib, bzip2, brotli, zstd',
    (value) => typeof value === 'string' && compressorByName(value) !== undefined,
  ],
  schedule: [
    'seconds, a schedule such as crontab({ hour: 7 }), an entry { schedule, args }, or a list',
    isTaskSchedule,
  ],
};

/** Options that Celery has and this version does not act upon. */
const NOT_BUILT: Readonly<Record<string, string>> = {
  exchange: 'exchanges come with RabbitMQ in a later version; name a queue',
  routingKey: 'exchanges come with RabbitMQ in a later version; name a queue',
  deliveryMode: 'every message is durable',
  base: 'tasks are functions here',
  typing: 'the compiler checks arguments, and a schema may check them when the program runs',
  pydantic: 'give a schema',
};

/**
 * Refuses options that are unknown or of the wrong type.
 * @throws ImproperlyConfigured listing all of them
 */
export function checkTaskOptions(task: string, options: Readonly<Record<string, unknown>>): void {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (name === 'name' || value === undefined) continue;
    const rule = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof TaskOptions] : undefined;
    if (rule) {
      const [says, check] = rule;
      if (!check(value)) problems.push(`${name} must be ${says}`);
    } else if (Object.hasOwn(NOT_BUILT, name)) {
      problems.push(`${name} is not acted upon: ${NOT_BUILT[name]}`);
    } else {
      const near = nearest(name, Object.keys(CHECKS));
      problems.push(`${name} is no option of a task${near ? `; did you mean ${near}?` : ''}`);
    }
  }
  const { softTimeLimit: soft, timeLimit: hard } = options as TaskOptions;
  if (typeof soft === 'number' && typeof hard === 'number' && soft >= hard) {
    problems.push(`softTimeLimit (${soft} s) must be less than timeLimit (${hard} s)`);
  }
  if (problems.length > 0) throw new ImproperlyConfigured(`task ${task}: ${problems.join('; ')}`);
}

/** The task's own options over the settings, and `taskAnnotations` over both: those for `*` first, then its own. */
export function resolveTaskOptions(task: string, own: TaskOptions, conf: Settings): ResolvedTaskOptions {
  const annotations = { ...annotated(conf, '*'), ...annotated(conf, task) };
  checkTaskOptions(`${task} (taskAnnotations)`, annotations);
  const defaults: ResolvedTaskOptions = {
    bind: false,
    maxRetries: 3,
    defaultRetryDelay: 180,
    autoretryFor: [],
    dontAutoretryFor: [],
    retryBackoff: false,
    retryBackoffMax: 600,
    retryJitter: true,
    acksLate: conf.taskAcksLate,
    acksOnFailureOrTimeout: conf.taskAcksOnFailureOrTimeout,
    rejectOnWorkerLost: conf.taskRejectOnWorkerLost,
    ignoreResult: conf.taskIgnoreResult,
    storeErrorsEvenIfIgnored: conf.taskStoreErrorsEvenIfIgnored,
    trackStarted: conf.taskTrackStarted,
    sendEvents: true,
    throws: [],
    deadLetter: conf.lovageDeadLetters,
    ...(conf.taskDefaultRateLimit === null ? {} : { rateLimit: conf.taskDefaultRateLimit }),
  };
  return Object.freeze({ ...defaults, ...present(own), ...present(annotations) });
}

function annotated(conf: Settings, task: string): Record<string, unknown> {
  const options = conf.taskAnnotations?.[task] ?? {};
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));
}

/** Without what was left open: undefined, and a null limit, which means "the settings' own". */
function present(options: Readonly<Record<string, unknown>> | TaskOptions): Partial<ResolvedTaskOptions> {
  const kept = Object.entries(options).filter(
    ([name, value]) => name !== 'name' && value !== undefined && (value !== null || name === 'maxRetries'),
  );
  return Object.fromEntries(kept);
}

function isRateLimit(value: unknown): boolean {
  try {
    parseRateLimit(value);
    return true;
  } catch {
    return false;
  }
}

function isRetryKwargs(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { maxRetries, countdown, ...rest } = value as Record<string, unknown>;
  return (
    Object.keys(rest).length === 0 &&
    (maxRetries === undefined || maxRetries === null || isCount(maxRetries)) &&
    (countdown === undefined || isSeconds(countdown))
  );
}
