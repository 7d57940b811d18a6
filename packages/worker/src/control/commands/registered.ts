import type { AnyTask, App } from '@lovage/app';
import { isoUtc, saferepr } from '@lovage/protocol';
import { textList } from '../arguments.ts';
import type { Command, CommandContext } from '../command.ts';

/** Shown where nothing else is asked for. A task here has no exchange and no routing key of its own. */
const DEFAULT_ITEMS = ['exchange', 'routing_key', 'rate_limit'];
/** Celery's own tasks start with it. */
const BUILTIN = 'celery.';

export const registeredCommand: Command = {
  name: 'registered',
  alias: 'dump_tasks',
  optional: ['taskinfoitems', 'builtins'],
  run({ panel }, args) {
    const items = textList(args, 'taskinfoitems');
    const names = [...panel.app.tasks.keys()].sort();
    const shown = args['builtins'] === true ? names : names.filter((name) => !name.startsWith(BUILTIN));
    return shown.map((name) => taskLine(panel, name, items.length > 0 ? items : DEFAULT_ITEMS));
  },
};

/** 'shop.mail [rate_limit=10/m]'; an item without a value is left out. */
function taskLine(panel: CommandContext['panel'], name: string, items: readonly string[]): string {
  const values: Readonly<Record<string, unknown>> = {
    name,
    ...optionsOf(panel.app, panel.app.tasks.get(name)!),
    rate_limit: panel.tasks.rateLimit(name),
  };
  const said = items
    .filter((item) => Object.hasOwn(values, item) && values[item] !== null && values[item] !== undefined)
    .map((item) => `${item}=${pythonText(values[item])}`);
  return said.length === 0 ? name : `${name} [${said.join(' ')}]`;
}

/** The attributes that a task of Celery has under these names. */
function optionsOf({ conf }: App, { options }: AnyTask): Readonly<Record<string, unknown>> {
  return {
    max_retries: options.maxRetries,
    default_retry_delay: options.defaultRetryDelay,
    retry_backoff: options.retryBackoff,
    retry_backoff_max: options.retryBackoffMax,
    retry_jitter: options.retryJitter,
    soft_time_limit: options.softTimeLimit,
    time_limit: options.timeLimit,
    acks_late: options.acksLate,
    acks_on_failure_or_timeout: options.acksOnFailureOrTimeout,
    reject_on_worker_lost: options.rejectOnWorkerLost,
    ignore_result: options.ignoreResult,
    store_errors_even_if_ignored: options.storeErrorsEvenIfIgnored,
    track_started: options.trackStarted,
    send_events: options.sendEvents,
    queue: options.queue,
    priority: options.priority,
    expires: options.expires instanceof Date ? isoUtc(options.expires.getTime()) : options.expires,
    serializer: options.serializer ?? conf.taskSerializer,
    compression: options.compression ?? conf.taskCompression,
  };
}

/** As Python's `str`. */
const pythonText = (value: unknown): string => (typeof value === 'string' ? value : saferepr(value));
