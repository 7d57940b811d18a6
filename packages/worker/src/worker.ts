import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Drivers, Logger } from '@lovage/app';
import type { Broker, BusListener, Pool, QueueSpec } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { assemble, type Running } from './assemble.ts';
import { keepCompany } from './company.ts';
import type { ControlPanel } from './control/panel.ts';
import { drain } from './drain.ts';
import type { HealthFacts } from './health/facts.ts';
import type { WorkerMetrics } from './health/metrics.ts';
import type { Health } from './health/server.ts';
import type { WorkerOptions, WorkerPlan } from './options.ts';
import { planWorker } from './options.ts';
import { openPool } from './pool-choice.ts';
import { QUARANTINE } from './quarantine.ts';
import { RevokedKeeper, revokedLimits } from './revoked/index.ts';
import { TaskRunner } from './runner.ts';
import { StateDb } from './state-db.ts';
import { Totals } from './witness/totals.ts';
import { panelOf } from './worker-panel.ts';

const RECONNECT_MS = [200, 500, 1000, 2000];

/**
 * Deliveries held by a consumer at once, at most. Only a guard: the intake counts what it holds itself, by the size that
 * the pool has at the time, and what is finished stays held until it is settled.
 */
const CEILING = 30_000;

/** A cold stop waits so long for a store that is away before it leaves what is unsettled to its lease. */
const COLD_SETTLE_MS = 5000;

/**
 * Claims tasks from queues and runs them until it is stopped.
 *
 * States: new → starting → running → stopping → stopped. `start` and `stop` move between them,
 * a broker that refuses us moves running → stopping by itself.
 *
 * @example
 * await using worker = new Worker(app, { concurrency: 50 });
 * await worker.start();
 */
export class Worker implements AsyncDisposable {
  readonly plan: WorkerPlan;
  /** Executions begun, by task name. */
  readonly totals = new Totals();
  /** Resolves when the worker has stopped; rejects with the reason if it stopped because it could not go on. */
  readonly done: Promise<void>;
  readonly #app: App;
  readonly #log: Logger;
  readonly #finish = Promise.withResolvers<void>();
  #revoked: RevokedKeeper | undefined;
  #pool: Pool | undefined;
  #running: (Running & { readonly company: BusListener }) | undefined;
  #stopping: Promise<void> | undefined;
  #abandoned = false;
  #health: Health | undefined;
  #phase: HealthFacts['phase'] = 'starting';
  #broker: Broker | undefined;
  #panel: ControlPanel | undefined;
  #soft: NodeJS.Timeout | undefined;
  #lastCall: NodeJS.Timeout | undefined;
  #failure: unknown;

  constructor(app: App, options: WorkerOptions = {}) {
    this.#app = app;
    this.plan = planWorker(app, options);
    this.#log = app.logger;
    this.done = this.#finish.promise;
    this.done.catch(() => {});
  }

  get hostname(): string {
    return this.plan.hostname;
  }

  /** A cold stop is under way that gives running tasks a last chance. */
  get stopsSoftly(): boolean {
    return this.#soft !== undefined && !this.#abandoned;
  }

  /** Where its health is served, `http://127.0.0.1:8080`; undefined where it is not. */
  get healthUrl(): string | undefined {
    return this.#health?.url;
  }

  /** What remote control sees of it; undefined until it has its store and its pool. For Lovage's own packages. */
  get panel(): ControlPanel | undefined {
    return this.#panel;
  }

  /** The process ids of prefork children. */
  get childPids(): readonly number[] {
    return this.#pool?.pids ?? [];
  }

  /**
   * Resolves when it is consuming. Waits for a broker that is away, as long as that takes.
   * @throws DriverError when the broker refuses us; the error of the app module when its children cannot load it.
   */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      // Children and listening sockets would keep the process alive.
      await Promise.all([this.#pool?.close(0), this.#health?.close()]);
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { plan } = this;
    const metrics = await this.#serveHealth();
    await this.#app.importModules();
    await this.#app.signals.workerInit.send(plan.hostname, { instance: this });
    const drivers = await this.#connect();
    const facts = {
      hostname: plan.hostname,
      keepsResults: drivers.results !== undefined,
      foreignPeers: drivers.broker.traits.foreignPeers,
    };
    const runner = new TaskRunner(this.#app, facts);
    const pool = await openPool(plan, runner, facts, this.#log);
    this.#pool = pool;
    const revoked = this.#keepRevoked(drivers);
    await revoked.start();
    const consumer = await drivers.broker.consume({
      consumer: `${plan.hostname}:${crypto.randomUUID()}`,
      queues: plan.queues,
      prefetch: CEILING,
      leaseMs: plan.leaseMs,
    });
    const running = assemble({
      ...{ app: this.#app, plan, drivers, pool, consumer, runner, log: this.#log },
      queues: this.#queueSpecs(),
      revoked,
      ...{ totals: this.totals, metrics },
      onDead: (error) => this.#die(error),
    });
    this.#panel = panelOf({
      ...{ app: this.#app, plan, running, pool, totals: this.totals, startedMs: Date.now() },
      shutdown: () => void this.stop('warm').catch(() => {}),
    });
    const company = await keepCompany({
      app: this.#app,
      plan,
      bus: drivers.bus,
      panel: this.#panel,
      log: this.#log,
    });
    this.#running = { ...running, company };
    if (this.#stopping) {
      // Asked to stop while it started, when there was nothing to drain yet.
      await this.#drain(this.#running);
      return;
    }
    this.#running.quarantine.start();
    this.#running.letterTrimmer.soon();
    this.#running.letterSweeper?.start();
    this.#running.autoscaler?.start();
    this.#running.intake.start();
    this.#running.heart?.start();
    this.#phase = 'running';
    await this.#app.signals.workerReady.send(plan.hostname, { instance: this });
    this.#log.info(`${plan.hostname} ready.`);
  }

  /**
   * 'warm': claim no more, finish what runs, give the rest back. 'cold': end what runs; late acknowledged tasks go back.
   * A cold stop overtakes a warm one. With `softShutdownTimeout` the first cold stop gives what runs so long to finish;
   * the second does not wait. Resolves when everything is settled and closed.
   */
  async stop(how: 'warm' | 'cold' = 'warm'): Promise<void> {
    if (how === 'cold' && !this.#goSoft()) this.#goCold();
    this.#stopping ??= this.#stop(how);
    await this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('warm');
  }

  /** Opens the drivers and makes the queues exist; while the service is away, waits and says so. */
  async #connect(): Promise<Drivers> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const drivers = await this.#app.drivers();
        this.#broker = drivers.broker;
        await drivers.broker.declare([...this.#queueSpecs(), { name: QUARANTINE }]);
        this.#log.info(`Connected to ${drivers.brokerLabel}`);
        return drivers;
      } catch (error) {
        if (!(error instanceof DriverError) || error.code !== 'unavailable' || this.#stopping) throw error;
        const waitMs = RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)]!;
        this.#log.error(
          `consumer: Cannot connect: ${error.message}. Trying again in ${waitMs / 1000} seconds...`,
        );
        await sleep(waitMs);
      }
    }
  }

  async #serveHealth(): Promise<WorkerMetrics | undefined> {
    const { http, hostname } = this.plan;
    if (http === undefined) return undefined;
    // Workers without it need no HTTP server in their memory.
    const { watchOver } = await import('./watched.ts');
    const look = () => ({
      hostname,
      phase: this.#phase,
      broker: this.#broker,
      pool: this.#pool,
      running: this.#running,
    });
    const { health, metrics } = await watchOver(http, hostname, look, this.#log);
    this.#health = health;
    return metrics;
  }

  #keepRevoked({ revocations }: Drivers): RevokedKeeper {
    const { stateDb } = this.plan;
    this.#revoked = new RevokedKeeper({
      store: revocations,
      stateDb: stateDb === undefined ? undefined : new StateDb(stateDb),
      clock: this.#app.clock,
      limits: revokedLimits(process.env),
      log: this.#log,
    });
    return this.#revoked;
  }

  #queueSpecs(): QueueSpec[] {
    const known = new Map(this.#app.queues().map((queue) => [queue.name, queue]));
    return this.plan.queues.map((name) => known.get(name) ?? { name });
  }

  /** The broker will never take us again: stop, and tell whoever waits for `done`. */
  #die(error: unknown): void {
    this.#failure = error;
    this.#log.error('consumer: cannot go on', { err: error });
    void this.stop('warm');
  }

  /** Celery's soft shutdown: a last chance for what runs. False where it is over, or nothing runs that could use it. */
  #goSoft(): boolean {
    const { softShutdownMs } = this.plan;
    if (softShutdownMs === 0 || this.#soft || !this.#running?.executions.count) return false;
    this.#log.warn(`Initiating Soft Shutdown, terminating in ${softShutdownMs / 1000} seconds`);
    this.#soft = setTimeout(() => this.#goCold(), softShutdownMs);
    return true;
  }

  #goCold(): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.#running?.executions.stopCold();
    // First of all, or what waits would be started in the slots that now fall free.
    void this.#running?.intake.stop();
    void this.#pool?.close(0);
    this.#lastCall = setTimeout(() => this.#running?.completer.giveUp(), COLD_SETTLE_MS).unref();
  }

  async #stop(how: 'warm' | 'cold'): Promise<void> {
    const { plan } = this;
    this.#phase = 'stopping';
    await this.#app.signals.workerShuttingDown.send(plan.hostname, {
      sig: how === 'warm' ? 'SIGTERM' : 'SIGQUIT',
      how,
      exitcode: 0,
    });
    // While it starts it may wait for the store.
    if (this.#running) await this.#drain(this.#running);
    else await Promise.all([this.#pool?.close(0), this.#revoked?.stop()]);
    clearTimeout(this.#soft);
    clearTimeout(this.#lastCall);
    await this.#health?.close();
    await this.#app.signals.workerShutdown.send(plan.hostname, { instance: this });
    if (this.#failure === undefined) this.#finish.resolve();
    else this.#finish.reject(this.#failure);
  }

  async #drain(running: Parameters<typeof drain>[0]): Promise<void> {
    const grace = this.plan.shutdownGraceMs;
    const impatient = grace === undefined ? undefined : setTimeout(() => this.#goCold(), grace);
    await drain(running, this.#pool, this.#log);
    clearTimeout(impatient);
  }
}
