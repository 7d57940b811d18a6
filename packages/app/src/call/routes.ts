import type { QueueSpec } from '@lovage/contracts';
import { globToRegExp } from './glob.ts';

/** Where a task goes, and options that go with it; call options and the task's own win over them. */
export interface Route {
  readonly queue?: string;
  readonly priority?: number;
  readonly serializer?: string;
  readonly compression?: string;
  /** Seconds from the call. */
  readonly expires?: number;
}

/** Decides where one call goes; a queue's name, a route, or nothing to leave it to the next router. */
export type Router = (
  name: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
) => string | Route | null | undefined;

export type Queues = readonly QueueSpec[] | null;
export type Routes = readonly Router[] | null;

type RouteOrQueue = string | Route;
type Pattern = string | RegExp;
type OneRoute =
  | Router
  | Readonly<Record<string, RouteOrQueue>>
  | ReadonlyMap<Pattern, RouteOrQueue>
  | readonly [Pattern, RouteOrQueue];

/** Routes as they may be given. */
export type RoutesInput = OneRoute | readonly OneRoute[];
/** Queues as they may be given. */
export type QueuesInput = readonly (string | QueueSpec)[] | Readonly<Record<string, Omit<QueueSpec, 'name'>>>;

const ROUTE_FIELDS: readonly string[] = ['queue', 'priority', 'serializer', 'compression', 'expires'];

/**
 * Celery's task_routes: an object or Map of patterns, a function, a `[pattern, route]` pair, or a list of those.
 * A pattern is a task's name, a glob such as `mail.*`, or, in a Map or a pair, a regular expression.
 */
export function readRoutes(value: unknown): NonNullable<Routes> {
  const list = Array.isArray(value) && !isPair(value) ? value : [value];
  return list.map(readRouter);
}

function readRouter(item: unknown): Router {
  if (typeof item === 'function') return item as Router;
  if (item instanceof Map) return patternRouter([...item]);
  if (isPair(item)) return patternRouter([item]);
  if (typeof item === 'object' && item !== null && !Array.isArray(item))
    return patternRouter(Object.entries(item));
  throw new Error('must be an object of routes by task name, a Map, a function, or a list of those');
}

const isPair = (value: unknown): value is [Pattern, unknown] =>
  Array.isArray(value) &&
  value.length === 2 &&
  (typeof value[0] === 'string' || value[0] instanceof RegExp) &&
  typeof value[1] !== 'function';

/** An exact name wins; then the patterns, in their order. */
function patternRouter(entries: readonly (readonly [unknown, unknown])[]): Router {
  const exact = new Map<string, Route>();
  const patterns: (readonly [matches: (name: string) => boolean, route: Route])[] = [];
  for (const [pattern, given] of entries) {
    const route = readRoute(given, String(pattern));
    if (pattern instanceof RegExp) patterns.push([matcher(pattern), route]);
    else if (typeof pattern !== 'string')
      throw new Error(`has the pattern ${String(pattern)}, which must be a text or a RegExp`);
    else if (/[*?[]/.test(pattern)) patterns.push([matcher(globToRegExp(pattern)), route]);
    else exact.set(pattern, route);
  }
  return (name) => exact.get(name) ?? patterns.find(([matches]) => matches(name))?.[1];
}

/** A `g` or `y` flag would make the expression remember where it stopped. */
function matcher(pattern: RegExp): (name: string) => boolean {
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return (name) => stateless.test(name);
}

/** A queue's name, or a route in our names. `@throws Error` for anything else. */
export function readRoute(given: unknown, where: string): Route {
  if (typeof given === 'string') return { queue: given };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Error(`gives ${where} a route that is neither a queue's name nor an object`);
  }
  for (const [field, value] of Object.entries(given)) {
    if (field === 'exchange' || field === 'routingKey' || field === 'routing_key') {
      throw new Error(
        `gives ${where} the ${field} ${String(value)}: exchanges come with RabbitMQ in a later version; name a queue`,
      );
    }
    if (!ROUTE_FIELDS.includes(field)) {
      throw new Error(`gives ${where} the field ${field}: known are ${ROUTE_FIELDS.join(', ')}`);
    }
  }
  return given as Route;
}

/** Celery's task_queues: names, objects with a name, or an object of queues by name. */
export function readQueues(value: unknown): NonNullable<Queues> {
  if (Array.isArray(value))
    return value.map((item: unknown) => (typeof item === 'string' ? { name: item } : readQueue(item)));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([name, options]) => readQueue({ ...(options as object), name }));
  }
  throw new Error("must be a list such as ['celery', { name: 'mail', deadLetter: 'mail.dead' }]");
}

function readQueue(item: unknown): QueueSpec {
  if (typeof item !== 'object' || item === null) throw new Error('must hold names or objects with a name');
  const {
    name,
    deadLetter,
    exchange,
    routing_key,
    routingKey = routing_key,
    ...rest
  } = item as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') throw new Error('must hold names or objects with a name');
  for (const same of [exchange, routingKey]) {
    if (same !== undefined && same !== name) {
      throw new Error(
        `gives ${name} an exchange or routing key of another name: those come with RabbitMQ in a later version`,
      );
    }
  }
  const [unknown] = Object.keys(rest);
  if (unknown) throw new Error(`gives ${name} the field ${unknown}: known are name, deadLetter`);
  if (deadLetter === undefined) return { name };
  if (typeof deadLetter !== 'string')
    throw new Error(`gives ${name} a deadLetter that is not the name of a queue`);
  return { name, deadLetter };
}
