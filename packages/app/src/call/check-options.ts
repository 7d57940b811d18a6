import { nearest } from '@lovage/contracts/kit';
import { compressorByName, serializerByName } from '@lovage/protocol';
import { stampProblems } from '../canvas/stamping.ts';
import { InvalidCall } from '../errors.ts';
import type { CallOptions } from './options.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isAnyText: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isSeconds: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isMoment: Check = (value) => value instanceof Date && !Number.isNaN(value.getTime());
const isRecord: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const CHECKS: { readonly [Name in keyof CallOptions]-?: readonly [says: string, check: Check] } = {
  kwargs: ['an object', isRecord],
  countdown: ['a number of seconds', (value) => typeof value === 'number' && Number.isFinite(value)],
  eta: ['a Date', isMoment],
  expires: [
    'a number of seconds, or a Date',
    (value) => (typeof value === 'number' && Number.isFinite(value)) || isMoment(value),
  ],
  priority: [
    'a whole number from 0 to 9',
    (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9,
  ],
  queue: ['the name of a queue', isText],
  taskId: ['a text of at most 155 characters', (value) => isText(value) && (value as string).length <= 155],
  headers: ['an object of JSON values', isRecord],
  stamps: ["an object of JSON values, as in { user: 'u1' }", isRecord],
  link: ['a signature or a list of signatures', isLinks],
  linkError: ['a signature or a list of signatures', isLinks],
  ignoreResult: ['true or false', isBoolean],
  timeLimit: ['a number of seconds from 0', isSeconds],
  softTimeLimit: ['a number of seconds from 0', isSeconds],
  shadow: ['a text', isText],
  serializer: ['json or yaml', (value) => isText(value) && serializerByName(value as string) !== undefined],
  compression: [
    'one of gzip, zlib, bzip2, brotli, zstd',
    (value) => isText(value) && compressorByName(value as string) !== undefined,
  ],
  replyTo: ['a text', isText],
  correlationId: ['a text', isText],
  rootId: ['the id of a task', isText],
  parentId: ['the id of a task', isText],
  argsrepr: ['a text', isAnyText],
  kwargsrepr: ['a text', isAnyText],
  retry: ['true or false', isBoolean],
  tx: ['a transaction', isRecord],
};

const NOT_BUILT: Readonly<Record<string, string>> = {
  exchange: 'exchanges come with RabbitMQ in a later version; name a queue',
  routingKey: 'exchanges come with RabbitMQ in a later version; name a queue',
  deliveryMode: 'every message is durable',
  retryPolicy: 'set taskPublishRetryPolicy',
  producer: 'an app has its own connections',
  connection: 'an app has its own connections',
  stampedHeaders: "say the stamps themselves, as in stamps: { user: 'u1' }",
};

/**
 * Refuses options that are unknown, of the wrong type, or at odds with each other.
 * @throws InvalidCall listing all of them
 */
export function checkCallOptions(task: string, options: CallOptions): void {
  const problems = callOptionProblems(options);
  if (problems.length > 0) throw new InvalidCall(`calling ${task}: ${problems.join('; ')}`);
}

/** What is wrong with the options of a call, one sentence each. */
export function callOptionProblems(options: CallOptions): string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof CallOptions] : undefined;
    if (rule) {
      if (!rule[1](value)) problems.push(`${name} must be ${rule[0]}`);
    } else if (Object.hasOwn(NOT_BUILT, name)) {
      problems.push(`${name} is not acted upon: ${NOT_BUILT[name]}`);
    } else {
      const near = nearest(name, Object.keys(CHECKS));
      problems.push(`${name} is no option of a call${near ? `; did you mean ${near}?` : ''}`);
    }
  }
  if (isRecord(options.stamps)) problems.push(...stampProblems(options.stamps ?? {}));
  if (options.eta !== undefined && options.countdown !== undefined)
    problems.push('give eta or countdown, not both');
  const { softTimeLimit: soft, timeLimit: hard } = options;
  if (soft && hard && soft >= hard) {
    problems.push(`softTimeLimit (${soft} s) must be less than timeLimit (${hard} s)`);
  }
  return problems;
}

function isLinks(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isLinks);
  if (typeof value !== 'object' || value === null) return false;
  return 'toJSON' in value || ('task' in value && typeof value.task === 'string');
}
