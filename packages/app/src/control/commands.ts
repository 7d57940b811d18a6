import { AlreadyRegistered, ImproperlyConfigured } from '../errors.ts';

/** What a control command of the user's own sees of the worker that runs it. */
export interface ControlState<App = unknown> {
  readonly app: App;
  /** The worker's node name: 'celery@web1'. */
  readonly hostname: string;
}

/** Arguments as they came over the wire: any JSON, unchecked. */
export type ControlArguments = Readonly<Record<string, unknown>>;

/** What it answers, or resolves to, is the node's reply and must be JSON; what it throws becomes `{ error }`. */
export type ControlFunction<App = unknown> = (state: ControlState<App>, args: ControlArguments) => unknown;

/** Celery's two kinds: `inspect` only looks, `control` changes something. The command line lists them apart. */
export type ControlKind = 'inspect' | 'control';

/** How `app.controlCommand` takes a command with more than its function. */
export interface ControlCommandOptions<App = unknown> {
  readonly run: ControlFunction<App>;
  /** Default 'control'. */
  readonly kind?: ControlKind;
  /** One line for `lovage inspect --list` and `lovage control --list`. */
  readonly help?: string;
  /** Names of the arguments, in the order in which a command line gives them, and how each text is read. */
  readonly args?: readonly ControlArgument[];
  /** The name of the list that takes the rest of a command line. */
  readonly variadic?: string;
  /** Seconds to wait for answers, unless the caller says otherwise. Default 1. */
  readonly timeout?: number;
}

export interface ControlArgument {
  readonly name: string;
  /** What a text on the command line stands for. Default 'text'. */
  readonly type?: 'text' | 'number' | 'boolean';
}

/** A control command of the user's own, as workers look it up. */
export interface ControlCommand<App = unknown> extends ControlCommandOptions<App> {
  readonly name: string;
  readonly kind: ControlKind;
}

/** Celery's own commands and their aliases: every worker answers them, so nobody else may. */
export const BUILT_IN_COMMANDS: ReadonlySet<string> = new Set([
  ...['active', 'active_queues', 'clock', 'conf', 'hello', 'memdump', 'memsample', 'objgraph', 'ping'],
  ...['query_task', 'registered', 'report', 'reserved', 'revoked', 'scheduled', 'stats'],
  ...['dump_active', 'dump_conf', 'dump_reserved', 'dump_revoked', 'dump_schedule', 'dump_tasks'],
  ...['add_consumer', 'autoscale', 'cancel_consumer', 'disable_events', 'election', 'enable_events'],
  ...['heartbeat', 'pool_grow', 'pool_restart', 'pool_shrink', 'rate_limit', 'revoke'],
  ...['revoke_by_stamped_headers', 'shutdown', 'terminate', 'time_limit'],
]);

const COMMAND_NAME = /^[a-z_][a-z0-9_]{0,99}$/i;

/**
 * Checks what `app.controlCommand` was given.
 * @throws ImproperlyConfigured for a name that is no identifier or belongs to Celery, and for what is no function
 * @throws AlreadyRegistered for a second command of that name
 */
export function defineControlCommand<App>(
  name: string,
  given: ControlFunction<App> | ControlCommandOptions<App>,
  others: ReadonlyMap<string, unknown>,
): ControlCommand<App> {
  if (typeof name !== 'string' || !COMMAND_NAME.test(name)) {
    throw new ImproperlyConfigured(
      `a control command needs a name of letters, digits and _, as in 'flush_cache', not ${JSON.stringify(name)}`,
    );
  }
  if (BUILT_IN_COMMANDS.has(name)) {
    throw new ImproperlyConfigured(`the control command ${name} is Celery's own; give yours another name`);
  }
  if (others.has(name)) throw new AlreadyRegistered(`the control command ${name} is defined twice`);
  const options = typeof given === 'function' ? { run: given } : given;
  if (typeof options?.run !== 'function') {
    throw new ImproperlyConfigured(
      `the control command ${name} needs a function, or an object with \`run\`, a function`,
    );
  }
  const { kind = 'control' } = options;
  if (kind !== 'control' && kind !== 'inspect') {
    throw new ImproperlyConfigured(`the control command ${name}: kind must be 'control' or 'inspect'`);
  }
  return { ...options, name, kind };
}
