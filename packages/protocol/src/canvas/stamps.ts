import { EncodeError } from '../errors.ts';
import { stringifyJson } from '../json-write.ts';
import type { SignatureDict } from '../signature.ts';

type Options = SignatureDict['options'];

/** What headers of a message can carry on every broker. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What marks a task, by name: who it is for, what it is part of. Workers revoke by it, and results can show it. */
export type Stamps = Readonly<Record<string, Json>>;

/** The option that names the stamps among the options beside it. */
const NAMES = 'stamped_headers';

/**
 * Names that mean something else where a stamp stands: among the options of a signature, which are arguments of Celery's
 * `apply_async`, `set` and `stamp`.
 */
const OPTIONS: ReadonlySet<string> = new Set([
  ...['task_id', 'root_id', 'parent_id', 'group_id', 'group_index', 'replaced_task_nesting', 'add_to_parent'],
  ...['args', 'kwargs', 'argsrepr', 'kwargsrepr', 'immutable', 'shadow', 'headers', 'origin', 'retries'],
  ...['chord', 'chain', 'link', 'link_error', 'callbacks', 'errbacks', 'ignore_result', 'result_cls'],
  ...['countdown', 'eta', 'expires', 'expiration', 'now', 'timezone', 'time_limit', 'soft_time_limit'],
  ...['queue', 'exchange', 'exchange_type', 'routing_key', 'route_name', 'router', 'priority'],
  ...['serializer', 'compression', 'delivery_mode', 'reply_to', 'correlation_id', 'retry', 'retry_policy'],
  ...['connection', 'producer', 'publisher', 'declare', 'task_type', 'create_sent_event'],
  ...[NAMES, 'stampedHeaders', 'stamps', 'append_stamps', 'visitor'],
]);

/** What else a result document says beside the stamps of its task. */
const RESULT: ReadonlySet<string> = new Set([
  ...['status', 'result', 'traceback', 'children', 'date_done', 'name', 'worker'],
]);

/** What keeps a stamp from travelling; undefined for one that can. */
export function stampProblem(name: string, value: unknown): string | undefined {
  if (name === '') return 'a stamp needs a name';
  if (OPTIONS.has(name)) return `stamp ${name} would be taken for the option of that name: give it another`;
  if (RESULT.has(name)) return `stamp ${name} would hide what a result says under that name: give it another`;
  if (value === undefined) return `stamp ${name} must have a value`;
  try {
    stringifyJson(value, 'none');
  } catch (error) {
    if (error instanceof EncodeError) return `stamp ${error.within(name).message}`;
    throw error;
  }
  return undefined;
}

/** The stamps among the options of a signature, which may have come over the wire. A name without a value marks nothing. */
export function stampsOf(options: Options): Stamps {
  const names = options[NAMES];
  if (!Array.isArray(names)) return {};
  const stamped = names.filter((name) => typeof name === 'string' && Object.hasOwn(options, name));
  return Object.fromEntries(stamped.map((name) => [name, options[name] as Json]));
}

/** Stamps as they stand in the options of a signature: each under its own name, and the list of the names. */
export function stampOptions(stamps: Stamps): Options {
  const names = Object.keys(stamps);
  return names.length === 0 ? {} : { ...stamps, [NAMES]: names };
}

/** Options over others; stamps come together, and one that is there stays as it is, as Celery's `_merge` leaves it. */
export function mergedOptions(own: Options, over: Options): Options {
  const options = { ...own, ...over };
  if (!(NAMES in own || NAMES in over)) return options;
  return { ...options, ...stampOptions({ ...stampsOf(over), ...stampsOf(own) }) };
}
