import { nearest } from '@lovage/contracts/kit';
import { InvalidCall } from '../errors.ts';
import type { ControlArguments } from './commands.ts';

/** Whom a request is for, and how long to wait for answers. */
export interface AskOptions {
  /** Names of the nodes, such as 'celery@web1'. Default: all. */
  readonly destination?: string | readonly string[];
  /** Only nodes whose name matches, by `matcher`. */
  readonly pattern?: string;
  /** How `pattern` is read: shell wildcards ('glob', the default) or a Python regular expression ('pcre'). */
  readonly matcher?: 'glob' | 'pcre';
  /** Seconds to wait for answers. Default 1. Waiting ends before that when all of `destination` have answered. */
  readonly timeout?: number;
  /** Enough answers: wait for no more. */
  readonly limit?: number;
  /** Told of each answer as it comes. */
  readonly onReply?: OnReply;
}

export type OnReply = (node: string, answer: unknown) => void;

/** Of every method of `app.control`. */
export interface CommandOptions extends AskOptions {
  /** Wait for answers. Default false: nobody answers, and the promise resolves once the request is sent. */
  readonly reply?: boolean;
}

export interface BroadcastOptions extends CommandOptions {
  readonly arguments?: ControlArguments;
}

/** The answers of nodes under their names: values of the command, `{ ok }` or `{ error }`, unchecked. */
export type Answers = Readonly<Record<string, unknown>>;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

type Rule = readonly [says: string, check: (value: unknown) => boolean];

const RULES: { readonly [Name in keyof BroadcastOptions]-?: Rule } = {
  // Celery's workers take an empty list for everybody: what was meant for none would stop them all.
  destination: [
    'the name of a node, or a list with one at least; leave it out to reach all',
    (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  ],
  pattern: ['a text', isText],
  matcher: ["'glob' or 'pcre'", (value) => value === 'glob' || value === 'pcre'],
  timeout: [
    'a number of seconds from 0',
    (value) => typeof value === 'number' && value >= 0 && value < 2 ** 31 / 1000,
  ],
  limit: ['a whole number from 1', (value) => Number.isSafeInteger(value) && (value as number) >= 1],
  onReply: ['a function', (value) => typeof value === 'function'],
  reply: ['true or false', (value) => typeof value === 'boolean'],
  arguments: ['an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
};

/**
 * Refuses options that are unknown, of the wrong type, or at odds with each other.
 * @throws InvalidCall listing all of them
 */
export function checkBroadcast(method: string, options: BroadcastOptions): void {
  const problems: string[] = [];
  if (!isText(method)) problems.push('a control command has a name, such as ping');
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(RULES, name)) {
      const near = nearest(name, Object.keys(RULES));
      problems.push(`there is no option ${name}${near ? `; did you mean ${near}?` : ''}`);
      continue;
    }
    const [says, check] = RULES[name as keyof BroadcastOptions];
    if (!check(value)) problems.push(`${name} must be ${says}`);
  }
  const { pattern, matcher, onReply, reply } = options;
  if (matcher !== undefined && pattern === undefined) problems.push('matcher needs a pattern');
  if (onReply && !reply) problems.push('onReply needs reply: true, or nobody answers');
  if (problems.length > 0) throw new InvalidCall(`asking workers for ${method}: ${problems.join('; ')}`);
}
