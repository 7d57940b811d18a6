import type { DriverFactory, QueueSpec, ResultBackend } from '@lovage/contracts';
import { contentTypeOf } from '@lovage/protocol';
import type { CallOptions } from './call/options.ts';
import type { NamedCall } from './call/send.ts';
import { sendMany, sendSignature } from './call/send.ts';
import { Signature } from './call/signature.ts';
import { loadSettings } from './config/load.ts';
import type { Drivers } from './config/open-drivers.ts';
import type { Settings, SettingsInput } from './config/settings.ts';
import type { Environment, Source } from './config/sources.ts';
import { fromAmbientEnvironment, fromEnvironment, fromObject, fromOptions } from './config/sources.ts';
import { ImproperlyConfigured } from './errors.ts';
import { createLogger } from './logger/create-logger.ts';
import type { Logger } from './logger/logger.ts';
import type { OpenApp } from './open-services.ts';
import { openServices } from './open-services.ts';
import { AsyncResult } from './result/async-result.ts';
import { Waiter } from './result/waiter.ts';
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

/** Settings in camelCase, and what is no setting. */
export interface AppOptions extends SettingsInput {
  /** Drivers for URL schemes, before those that are found by their package's name. */
  readonly drivers?: readonly DriverFactory[];
  /** Takes all lines of the app and its workers. Default: Celery's format on stderr. */
  readonly logger?: Logger;
  /** Read instead of `process.env`. */
  readonly environment?: Environment;
}

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
  readonly #factories: readonly DriverFactory[];
  readonly #environment: Environment;
  readonly #options: Source;
  readonly #configured: Source[] = [];
  #overrides: Source = { given: [], problems: [] };
  #conf: Settings | undefined;
  #logger: Logger | undefined;
  readonly #tasks = new Map<string, AnyTask>();
  #open: Promise<OpenApp> | undefined;
  #results: ResultBackend | undefined;
  #waiter: Promise<Waiter> | undefined;
  #accepted: ReadonlySet<string> | undefined;
  readonly #discoveries = new Discoveries();
  #closed = false;

  constructor(name: string, options: AppOptions = {}) {
    const { drivers = [], logger, environment = process.env, ...settings } = options;
    this.name = name;
    this.#factories = drivers;
    this.#logger = logger;
    this.#environment = environment;
    this.#options = fromOptions(settings, 'new App');
    this.signals = createSignals(() => this.logger);
    for (const definition of sharedDefinitions().values()) this.adopt(definition);
    joinShared(this);
  }

  /**
   * The settings in force, frozen with the first look at them. Later sources win: the constructor, configFromObject
   * and configFromEnv in their order, then CELERY_BROKER_URL, CELERY_RESULT_BACKEND and LOVAGE_… of the environment.
   * @throws ImproperlyConfigured listing everything that is wrong
   */
  get conf(): Settings {
    this.#conf ??= loadSettings([
      this.#options,
      ...this.#configured,
      fromAmbientEnvironment(this.#environment),
      this.#overrides,
    ]);
    return this.#conf;
  }

  /**
   * Take settings from an object, in any of Celery's spellings: `CELERY_BROKER_URL` with the namespace 'CELERY',
   * `broker_url`, `brokerUrl`, or the old names (`BROKER_URL`) without a namespace.
   *
   * @example
   * app.configFromObject({ CELERY_BROKER_URL: 'redis://localhost', CELERY_TASK_ACKS_LATE: true }, { namespace: 'CELERY' });
   */
  configFromObject(object: object, options: { readonly namespace?: string } = {}): this {
    return this.#configure(fromObject({ ...object }, options.namespace));
  }

  /** Take settings from environment variables; their texts are read by the type of each setting. */
  configFromEnv(env: Environment = this.#environment, options: { readonly namespace?: string } = {}): this {
    return this.#configure(fromEnvironment(env, options.namespace ?? 'CELERY'));
  }

  /** Settings that win over every other source: those of a command line. */
  overrideSettings(settings: SettingsInput): this {
    this.#refuseWhenFrozen();
    const { given, problems } = fromOptions({ ...settings }, 'command line');
    this.#overrides = {
      given: [...this.#overrides.given, ...given],
      problems: [...this.#overrides.problems, ...problems],
    };
    return this;
  }

  get logger(): Logger {
    this.#logger ??= createLogger({ level: this.conf.lovageLogLevel, format: this.conf.lovageLogFormat });
    return this.#logger;
  }

  /** Every task by its name, shared tasks included. */
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

  /** Makes a definition a task of this app. */
  adopt(definition: TaskDefinition): AnyTask {
    const before = this.#tasks.get(definition.name);
    if (before) throw alreadyRegistered(definition.name, before.file, definition.file);
    const task = new Task(this, definition);
    this.#tasks.set(task.name, task);
    return task;
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
    if (!this.conf.taskAlwaysEager) return sendMany(this, calls);
    const results: AsyncResult[] = [];
    for (const { task, args = [], options = {} } of calls) {
      results.push(await sendSignature(this, typeof task === 'string' ? task : task.name, args, options));
    }
    return results;
  }

  /** A call not yet sent, of a task that may live elsewhere. */
  signature<Value = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Signature<Value> {
    return new Signature<Value>(this, { task: name, args, options });
  }

  /** The future of a call that was sent before, maybe by another process. */
  asyncResult<Value = unknown>(id: string): AsyncResult<Value> {
    return new AsyncResult<Value>(this, id);
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
    if (this.#closed) return Promise.reject(new ImproperlyConfigured(`the app ${this.name} is closed`));
    this.#open ??= this.#openAll();
    return this.#open;
  }

  /** Where this app's messages ask replies to go; undefined where results are stored, or nothing is open yet. */
  get replyTo(): string | undefined {
    return this.#results?.replyTo;
  }

  /** @throws ImproperlyConfigured where no results are kept */
  async resultBackend(): Promise<ResultBackend> {
    const { results } = await this.open();
    if (results) return results;
    throw new ImproperlyConfigured('no result backend is configured: set resultBackend to keep results');
  }

  /** What everyone in this process waits for results with. */
  waiter(): Promise<Waiter> {
    this.#waiter ??= this.resultBackend().then((results) => new Waiter(results, this.logger));
    return this.#waiter;
  }

  /** Release all connections. Those who wait for results are told. The app cannot be used afterwards. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    leaveShared(this);
    await (await this.#waiter?.catch(() => undefined))?.close();
    await (await this.#open?.catch(() => undefined))?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #openAll(): Promise<OpenApp> {
    const opened = await openServices(this.conf, this.#factories, this.queues(), this.logger);
    this.#results = opened.results;
    return opened;
  }

  #configure(source: Source): this {
    this.#refuseWhenFrozen();
    this.#configured.push(source);
    return this;
  }

  #refuseWhenFrozen(): void {
    if (!this.#conf) return;
    throw new ImproperlyConfigured(
      `the settings of ${this.name} are in use already: configure the app before its first call or look at app.conf`,
    );
  }
}
