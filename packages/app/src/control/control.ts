import type { Revocation } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { App } from '../app.ts';
import { OperationalError } from '../errors.ts';
import { Asking } from './asking.ts';
import { Inspect } from './inspect.ts';
import type { Answers, AskOptions, BroadcastOptions, CommandOptions } from './options.ts';
import type { StampedHeaders } from './revoking.ts';
import {
  DEFAULT_SIGNAL,
  revocationsOfIds,
  revocationsOfStamps,
  signalName,
  stampedHeaders,
  taskIds,
} from './revoking.ts';

/** Of a revoke that may also stop what runs already. */
export interface RevokeOptions extends CommandOptions {
  /** Also end the task where it runs. Default false. */
  readonly terminate?: boolean;
  /** What it is ended with. Default SIGTERM. */
  readonly signal?: string;
}

export interface AddConsumerOptions extends CommandOptions {
  /** Default: named as the queue. */
  readonly exchange?: string;
  /** Default 'direct'. */
  readonly exchangeType?: string;
  /** Default: named as the queue. */
  readonly routingKey?: string;
  /** More of the queue, in Celery's names, such as `{ durable: true }`. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface PoolRestartOptions extends CommandOptions {
  /** Modules to import, or with `reload` to import again. Default: those of the app. */
  readonly modules?: readonly string[];
  readonly reload?: boolean;
}

/**
 * Asks running workers to do something: Celery's remote control, understood by workers in both languages.
 * Every method resolves once the request is sent, to []; with `reply: true` to one `{ node: answer }` of each node
 * that answered within `timeout`. A node answers `{ ok }` or `{ error }`.
 *
 * Each rejects with InvalidCall for options that are wrong, OperationalError when the broker is away, and
 * ImproperlyConfigured when it cannot reach all workers.
 *
 * @example
 * await app.control.rateLimit('shop.mail', '100/m', { reply: true });
 * // [{ 'celery@web1': { ok: 'new rate limit set successfully' } }]
 */
export class Control {
  readonly #app: App;
  readonly #asking: Asking;

  constructor(app: App) {
    this.#app = app;
    this.#asking = new Asking(app);
  }

  /** Questions to workers, with answers by node. */
  inspect(options: AskOptions = {}): Inspect {
    return new Inspect(this, options);
  }

  /** Any command by its name on the wire, such as one of the user's own, and arguments under their Python names. */
  broadcast(method: string, options: BroadcastOptions = {}): Promise<readonly Answers[]> {
    return this.#asking.ask(method, options);
  }

  /**
   * No worker runs these tasks any more; with `terminate`, one that runs already is ended with `signal`. Where the
   * broker can remember it, also workers hear of it that are not there now. It holds for three hours.
   */
  async revoke(ids: string | readonly string[], options: RevokeOptions = {}): Promise<readonly Answers[]> {
    const { terminate = false, signal = DEFAULT_SIGNAL, ...rest } = options;
    const list = taskIds(ids);
    const args = { task_id: ids, terminate, signal: signalName(signal) };
    if (list.length === 0) return [];
    await this.#remember(revocationsOfIds(list, Date.now()));
    return this.broadcast('revoke', { ...rest, arguments: args });
  }

  /** The same for all tasks whose stamped header has one of these values. Celery's workers know it since 5.3. */
  async revokeByStampedHeaders(
    headers: StampedHeaders,
    options: RevokeOptions = {},
  ): Promise<readonly Answers[]> {
    const { terminate = false, signal = DEFAULT_SIGNAL, ...rest } = options;
    const stamps = stampedHeaders(headers);
    const args = { headers: stamps, terminate, signal: signalName(signal) };
    await this.#remember(revocationsOfStamps(stamps, Date.now()));
    return this.broadcast('revoke_by_stamped_headers', { ...rest, arguments: args });
  }

  /** `revoke` with `terminate`. */
  terminate(
    ids: string | readonly string[],
    options: Omit<RevokeOptions, 'terminate'> = {},
  ): Promise<readonly Answers[]> {
    return this.revoke(ids, { ...options, terminate: true });
  }

  /** How many of a task a worker starts: '100/m', '5/s', a number a second; 0 or null: no limit. */
  rateLimit(task: string, rate: string | number | null, options: CommandOptions = {}) {
    return this.#command('rate_limit', { task_name: task, rate_limit: rate }, options);
  }

  /** Time limits of a task, in seconds, for executions from now on. */
  timeLimit(task: string, options: CommandOptions & { readonly hard?: number; readonly soft?: number } = {}) {
    const { hard = null, soft = null, ...rest } = options;
    return this.#command('time_limit', { task_name: task, hard, soft }, rest);
  }

  /** Consume one more queue. */
  addConsumer(queue: string, options: AddConsumerOptions = {}) {
    const { exchange = null, exchangeType = 'direct', routingKey = null, options: more, ...rest } = options;
    const args = { queue, exchange, exchange_type: exchangeType, routing_key: routingKey, ...more };
    return this.#command('add_consumer', args, rest);
  }

  cancelConsumer(queue: string, options: CommandOptions = {}) {
    return this.#command('cancel_consumer', { queue }, options);
  }

  poolGrow(n = 1, options: CommandOptions = {}) {
    return this.#command('pool_grow', { n }, options);
  }

  poolShrink(n = 1, options: CommandOptions = {}) {
    return this.#command('pool_shrink', { n }, options);
  }

  /** Replaces the processes of the pool. */
  poolRestart(options: PoolRestartOptions = {}) {
    const { modules = null, reload = false, ...rest } = options;
    return this.#command('pool_restart', { modules, reload, reloader: null }, rest);
  }

  autoscale(max: number, min: number, options: CommandOptions = {}) {
    return this.#command('autoscale', { max, min }, options);
  }

  /** Ends workers as SIGTERM does: what runs is finished. Nobody answers. */
  shutdown(options: CommandOptions = {}) {
    return this.#command('shutdown', {}, options);
  }

  /** Workers send events of their tasks from now on. */
  enableEvents(options: CommandOptions = {}) {
    return this.#command('enable_events', {}, options);
  }

  disableEvents(options: CommandOptions = {}) {
    return this.#command('disable_events', {}, options);
  }

  /** Each worker sends a heartbeat event now. */
  heartbeat(options: CommandOptions = {}) {
    return this.#command('heartbeat', {}, options);
  }

  /** Let Celery's workers vote who does something. Workers of Lovage do not take part. */
  election(id: string, topic: string, action: unknown = null, options: CommandOptions = {}) {
    return this.#command('election', { id, topic, action }, options);
  }

  /** Who is there? Waits for answers. */
  ping(options: AskOptions = {}): Promise<readonly Answers[]> {
    return this.broadcast('ping', { ...options, reply: true });
  }

  /** Those who wait are told, and the queue of answers is removed. For App.close. */
  close(): Promise<void> {
    return this.#asking.close();
  }

  #command(
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: CommandOptions,
  ): Promise<readonly Answers[]> {
    return this.broadcast(method, { ...options, arguments: args });
  }

  /** Before anybody is told: a worker that starts a moment later must find it. */
  async #remember(revocations: readonly Revocation[]): Promise<void> {
    const { revocations: store } = await this.#app.drivers();
    try {
      await store?.add(revocations);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new OperationalError(`cannot revoke: ${error.message}`, { cause: error });
    }
  }
}
