import type { QueueSpec, ResultBackend } from '@lovage/contracts';
import { contentTypeOf, LamportClock, type ResultTuple } from '@lovage/protocol';
import type { AppOptions } from './app-options.ts';
import type { CallOptions } from './call/options.ts';
import type { NamedCall } from './call/send.ts';
import { sendBulk, sendSignature } from './call/send.ts';
import type { Signature } from './call/signature.ts';
import type { MakeSignature } from './canvas/make-signature.ts';
import { makeSignature } from './canvas/make-signature.ts';
import { Configuration } from './config/configuration.ts';
import type { Drivers } from './config/open-drivers.ts';
import type { Settings, SettingsInput } from './config/settings.ts';
import type { Environment } from './config/sources.ts';
import { fromEnvironment, fromObject } from './config/sources.ts';
import { Connections } from './connections.ts';
import type { ControlCommand, ControlCommandOptions, ControlFunction } from './control/commands.ts';
import { defineControlCommand } from './control/commands.ts';
import { Control } from './control/control.ts';
import { DeadLetters } from './dead-letters/dead-letters.ts';
import { defineErrback } from './errback/define.ts';
import type { DefineErrback } from './errback/define-types.ts';
import { Errback } from './errback/errback.ts';
import { Events } from './events/events.ts';
import { type WithLock, withLockOf } from './locks/with-lock.ts';
import { appLogger } from './logger/app-logger.ts';
import type { Logger } from './logger/logger.ts';
import type { OpenApp } from './open-services.ts';
import { openServices } from './open-services.ts';
import { AsyncResult } from './result/async-result.ts';
import type { GroupResult } from './result/group-result.ts';
import { resultFrom } from './result/result-from.ts';
import type { Waiter } from './result/waiter.ts';
import type { Signals } from './signals.ts';
import { createSignals } from './signals.ts';
import type { TaskDefinition } from './task/define.ts';
import { alreadyRegistered, defineTask } from './task/define.ts';
import type { DefineTask } from './task/define-types.ts';
import type { DiscoveryOrigin } from './task/discoveries.ts';
import { Discoveries } from './task/discoveries.ts';
import type { NamedTaskOptions } from './task/options.ts';
import { joinShared, leaveShared, sharedDefinitions } from './task/shared.ts';
import type { AnyTask } from './task/task.ts';
import { Task } from './task/task.ts';
import { TaskMap } from './task/task-map.ts';

/**
 * Tasks, settings and connections that belong together. A process may have several.
 *
 * @example
 * const app = new App('shop', { brokerUrl: 'redis://localhost:6379/0' });
 * const add = app.task('shop.add', (x: number, y: number) => x + y);
 * const result = await add.delay(2, 3);
 * console.log(await result.get({ timeout: 10 }));
 */
export class App {
  readonly name: string;
  readonly signals: Signals;
  /** Orders what this process says over the bus and what it hears there. */
  readonly clock = new LamportClock();
  /** Asks running workers: what they do, and to do something. */
  readonly control: Control = new Control(this);
  /** Hears and tells what happens: Celery's events. */
  readonly events: Events = new Events(this);
  /** What will not run again by itself. */
  readonly deadLetters: DeadLetters = new DeadLetters(this);
  /** Does work that one at a time may do. */
  readonly withLock: WithLock = withLockOf(this);
  readonly #environment: Environment;
  readonly #configuration: Configuration;
  #logger: Logger | undefined;
  readonly #tasks = new TaskMap((definition) => new Task(this, definition));
  readonly #controlCommands = new Map<string, ControlCommand<App>>();
  readonly #connections: Connections;
  #accepted: ReadonlySet<string> | undefined;
  readonly #discoveries = new Discoveries();

  constructor(name: string, options: AppOptions = {}) {
    const { drivers = [], logger, environment = process.env, ...settings } = options;
    this.name = name;
    this.#logger = logger;
    this.#environment = environment;
    this.#configuration = new Configuration(name, settings, environment);
    this.signals = createSignals(() => this.logger);
    const openAll = async () => openServices(this.conf, drivers, this.queues(), this.logger);
    this.#connections = new Connections(name, openAll, () => this.logger);
    for (const definition of sharedDefinitions().values()) this.adopt(definition);
    joinShared(this);
  }

  /**
   * The settings in force, frozen with the first look at them. Later sources win: the constructor, configFromObject
   * and configFromEnv in their order, then CELERY_BROKER_URL, CELERY_RESULT_BACKEND and LOVAGE_… of the environment.
   * @throws ImproperlyConfigured listing everything that is wrong
   */
  get conf(): Settings {
    return this.#configuration.settings;
  }

  /**
   * Take settings from an object, in any of Celery's spellings: `CELERY_BROKER_URL` with the namespace 'CELERY',
   * `broker_url`, `brokerUrl`, or the old names (`BROKER_URL`) without a namespace.
   *
   * @example
   * app.configFromObject({ CELERY_BROKER_URL: 'redis://localhost', CELERY_TASK_ACKS_LATE: true }, { namespace: 'CELERY' });
   */
  configFromObject(object: object, options: { readonly namespace?: string } = {}): this {
    this.#configuration.add(fromObject({ ...object }, options.namespace));
    return this;
  }

  /** Take settings from environment variables; their texts are read by the type of each setting. */
  configFromEnv(env: Environment = this.#environment, options: { readonly namespace?: string } = {}): this {
    this.#configuration.add(fromEnvironment(env, options.namespace ?? 'CELERY'));
    return this;
  }

  /** Settings that win over every other source: those of a command line. */
  overrideSettings(settings: SettingsInput): this {
    this.#configuration.override(settings);
    return this;
  }

  get logger(): Logger {
    this.#logger ??= appLogger(this.conf);
    return this.#logger;
  }

  /** Every task by its name, shared tasks included; Celery's own are found, but not listed. */
  get tasks(): ReadonlyMap<string, AnyTask> {
    return this.#tasks;
  }

  /**
   * Give a function a name under which it can be called from anywhere.
   * @throws ImproperlyConfigured for a name that is not dotted or an option that is wrong
   * @throws AlreadyRegistered naming both files
   *
   * @example
   * const push = app.task({ name: 'crm.push', bind: true, maxRetries: 5 }, async (self, id: number) => {
   *   try { await crm.push(id, { signal: self.signal }) } catch (error) { self.retry({ exc: error }) }
   * });
   */
  readonly task = ((nameOrOptions: string | NamedTaskOptions, fn: () => unknown) =>
    this.adopt(defineTask(nameOrOptions, fn))) as DefineTask;

  /**
   * Give a function a name under which it is called when a task has failed for good and was told to: with the call that
   * failed, its error and its traceback, and then with arguments of its own. Celery's new-style error callback, except
   * that it runs as a task: it has options as a task has, among them its own retries.
   * @throws ImproperlyConfigured and AlreadyRegistered as `task`
   *
   * @example
   * const alert = app.errback('alerts.failed', async (request, error, traceback, channel: string) => {
   *   await post(channel, `${request.task} ${request.id}: ${error.message}`);
   * });
   * await charge.s(order).linkError(alert.s('#payments')).delay();
   */
  readonly errback = ((nameOrOptions: string | NamedTaskOptions, fn: () => unknown) =>
    new Errback(this, this.adopt(defineErrback(nameOrOptions, fn)).name)) as DefineErrback;

  /** Makes a definition a task of this app. */
  adopt(definition: TaskDefinition): AnyTask {
    const before = this.#tasks.get(definition.name);
    if (before) throw alreadyRegistered(definition.name, before.file, definition.file);
    const task = new Task(this, definition);
    this.#tasks.set(task.name, task);
    return task;
  }

  /**
   * Teach this app's workers a control command of your own, which `app.control.broadcast(name)` and the command line
   * ask for. What the function answers is the worker's reply.
   * @throws ImproperlyConfigured for a name that is no identifier or is Celery's own
   *
   * @example
   * app.controlCommand('flush_cache', async ({ hostname }, { region }) => ({ ok: await cache.flush(region) }));
   */
  controlCommand(name: string, command: ControlFunction<App> | ControlCommandOptions<App>): this {
    this.#controlCommands.set(name, defineControlCommand(name, command, this.#controlCommands));
    return this;
  }

  /** Control commands of the user's own, by name. */
  get controlCommands(): ReadonlyMap<string, ControlCommand<App>> {
    return this.#controlCommands;
  }

  /**
   * Say where tasks are defined: files, globs, or folders in which `tasks.ts` is looked for at any depth, seen from
   * `from` (a module's `import.meta.url`) or `cwd`. As in Celery they are not imported at once, since they import
   * this app, but by `importModules`, which the command line calls, and every worker before it starts.
   *
   * @example
   * app.autodiscoverTasks('tasks/*.ts', { from: import.meta.url });
   */
  autodiscoverTasks(patterns?: string | readonly string[], origin?: DiscoveryOrigin): this {
    this.#discoveries.add(patterns, origin);
    return this;
  }

  /**
   * Import what autodiscoverTasks and the settings `include` and `imports` name. Answers the modules; again, only new ones.
   * @throws ImproperlyConfigured for a file or module that is not there, and whatever the modules throw
   */
  async importModules(): Promise<readonly string[]> {
    const { include, imports } = this.conf;
    const announce = () => this.signals.importModules.send(this.name, {});
    return this.#discoveries.import([...include, ...imports], announce);
  }

  /**
   * Call a task that may live elsewhere, by its name.
   *
   * @example
   * await app.sendTask('reports.build', { args: [2026], queue: 'python' });
   */
  sendTask<Value = unknown>(
    name: string,
    options: CallOptions & { readonly args?: readonly unknown[] } = {},
  ): Promise<AsyncResult<Value>> {
    const { args = [], ...rest } = options;
    return sendSignature<Value>(this, name, args, rest);
  }

  /**
   * Send many calls in one round trip; the results come in their order.
   *
   * @example
   * const results = await app.bulk(ids.map((id) => push.s(id)));
   */
  async bulk(calls: readonly (NamedCall | Signature)[]): Promise<readonly AsyncResult[]> {
    return sendBulk(this, calls);
  }

  /**
   * A call not yet sent, of a task that may live elsewhere; or any signature in its plain form, as it came over the wire.
   * @throws InvalidTaskError for what is no signature
   */
  readonly signature = ((...call: Parameters<MakeSignature>) =>
    makeSignature(this, ...call)) as MakeSignature;

  /** The future of a call that was sent before, maybe by another process. */
  asyncResult<Value = unknown>(id: string): AsyncResult<Value> {
    return new AsyncResult<Value>(this, id);
  }

  /** The result that a tuple stands for: `[[id, parent], members]`, as result documents and `asTuple()` have it. */
  resultFrom(tuple: ResultTuple): AsyncResult | GroupResult {
    return resultFrom(this, tuple);
  }

  /** The queues that a worker consumes: those of `taskQueues`, or the default queue. */
  queues(): readonly QueueSpec[] {
    return this.conf.taskQueues ?? [{ name: this.conf.taskDefaultQueue }];
  }

  /** The content types that `acceptContent` names. */
  acceptedContentTypes(): ReadonlySet<string> {
    this.#accepted ??= new Set(this.conf.acceptContent.map(contentTypeOf));
    return this.#accepted;
  }

  /** The broker, the result backend and the bus; opened once, connected on first use. */
  drivers(): Promise<Drivers> {
    return this.open();
  }

  /** What calls need. For Lovage's own packages. */
  open(): Promise<OpenApp> {
    return this.#connections.open();
  }

  /** Where this app's messages ask replies to go; undefined where results are stored, or nothing is open yet. */
  get replyTo(): string | undefined {
    return this.#connections.replyTo;
  }

  /** @throws ImproperlyConfigured where no results are kept */
  resultBackend(): Promise<ResultBackend> {
    return this.#connections.resultBackend();
  }

  /** What everyone in this process waits for results with. */
  waiter(): Promise<Waiter> {
    return this.#connections.waiter();
  }

  /** Release all connections. Those who wait for results are told. The app cannot be used afterwards. */
  async close(): Promise<void> {
    if (!this.#connections.shut()) return;
    leaveShared(this);
    await Promise.all([this.control.close(), this.events.close()]);
    await this.#connections.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
