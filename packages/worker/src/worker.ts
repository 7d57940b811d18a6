import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Drivers, Logger } from '@lovage/app';
import type { Consumer, Pool } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { Admission } from './admission.ts';
import { Chords } from './chords.ts';
import { Completer } from './completer.ts';
import { listenToControl } from './control.ts';
import type { Running } from './drain.ts';
import { drain } from './drain.ts';
import { Executions } from './executions.ts';
import { Intake } from './intake.ts';
import { Leases } from './leases.ts';
import type { WorkerOptions, WorkerPlan } from './options.ts';
import { planWorker } from './options.ts';
import { openPool } from './pool-choice.ts';
import { QUARANTINE } from './quarantine.ts';
import { Revoked } from './revoked.ts';
import { TaskRunner } from './runner.ts';
import { Sweeper } from './sweeper.ts';
import { Tally } from './tally.ts';

const RECONNECT_MS = [200, 500, 1000, 2000];

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
  /** Ended executions by task name. */
  readonly tally: Tally;
  /** Resolves when the worker has stopped; rejects with the reason if it stopped because it could not go on. */
  readonly done: Promise<void>;
  readonly #app: App;
  readonly #log: Logger;
  readonly #revoked = new Revoked();
  readonly #finish = Promise.withResolvers<void>();
  #pool: Pool | undefined;
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;
  #abandoned = false;
  #lastCall: NodeJS.Timeout | undefined;
  #failure: unknown;

  constructor(app: App, options: WorkerOptions = {}) {
    this.#app = app;
    this.plan = planWorker(app, options);
    this.#log = app.logger;
    this.tally = new Tally(app.logger);
    this.done = this.#finish.promise;
    this.done.catch(() => {});
  }

  get hostname(): string {
    return this.plan.hostname;
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
      // Children would keep the process alive.
      await this.#pool?.close(0);
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { plan } = this;
    await this.#app.importModules();
    await this.#app.signals.workerInit.send(plan.hostname, { instance: this });
    const drivers = await this.#connect();
    const facts = {
      hostname: plan.hostname,
      keepsResults: drivers.results !== undefined,
      describe: this.#log.enabled('info'),
      foreignPeers: drivers.broker.traits.foreignPeers,
    };
    const runner = new TaskRunner(this.#app, facts);
    const pool = await openPool(plan, runner, facts, this.#log);
    this.#pool = pool;
    const consumer = await drivers.broker.consume({
      consumer: `${plan.hostname}:${crypto.randomUUID()}`,
      queues: plan.queues,
      // Finished deliveries stay held until they are settled; the intake counts the others itself.
      prefetch: plan.prefetch * 2 + plan.concurrency,
      leaseMs: plan.leaseMs,
    });
    this.#running = await this.#assemble(drivers, pool, consumer, runner);
    if (this.#stopping) {
      // Asked to stop while it started, when there was nothing to drain yet.
      await this.#drain(this.#running);
      return;
    }
    this.#running.intake.start();
    await this.#app.signals.workerReady.send(plan.hostname, { instance: this });
    this.#log.info(`${plan.hostname} ready.`);
  }

  /**
   * 'warm': claim no more, finish what runs, give the rest back. 'cold': end what runs; late acknowledged tasks go back.
   * A cold stop overtakes a warm one. Resolves when everything is settled and closed.
   */
  async stop(how: 'warm' | 'cold' = 'warm'): Promise<void> {
    if (how === 'cold') this.#goCold();
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
        const known = new Map(this.#app.queues().map((queue) => [queue.name, queue]));
        const queues = this.plan.queues.map((name) => known.get(name) ?? { name });
        await drivers.broker.declare([...queues, { name: QUARANTINE }]);
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

  async #assemble(drivers: Drivers, pool: Pool, consumer: Consumer, runner: TaskRunner): Promise<Running> {
    const { plan, tally } = this;
    const app = this.#app;
    const log = this.#log;
    const { broker, results, bus } = drivers;
    const together = drivers.oneStore && broker.traits.atomicResults;
    const completer = new Completer({ consumer, broker, results, together, log });
    const chords = new Chords({ app, results, completer, hostname: plan.hostname, log });
    const executions = new Executions({ app, plan, pool, completer, chords, runner, tally, log });
    const admission = new Admission({
      app,
      hostname: plan.hostname,
      maxDeliveries: plan.maxDeliveries,
      keepsResults: results !== undefined,
      revoked: this.#revoked,
      completer,
      chords,
      executions,
      tally,
      log,
    });
    const intake = new Intake({
      consumer,
      pool,
      admission,
      executions,
      log,
      prefetch: plan.prefetch,
      release: (deliveries) => {
        for (const delivery of deliveries) {
          completer.add({ records: [], followUps: [], settlement: { kind: 'release', delivery } });
        }
      },
      settled: () => completer.caughtUp(),
      onDead: (error) => this.#die(error),
    });
    const leases = new Leases({
      consumer,
      leaseMs: plan.leaseMs,
      held: () => intake.held(),
      onLost: (lost) => executions.abandon(lost),
      log,
    });
    const target = {
      hostname: plan.hostname,
      revoke: (ids: readonly string[], terminate: { signal: string } | undefined) => {
        for (const id of ids) this.#revoked.add(id, Date.now());
        if (terminate) executions.terminate(new Set(ids));
      },
    };
    const control =
      bus && app.conf.workerEnableRemoteControl ? await listenToControl(bus, target, log) : undefined;
    const sweeper = results && new Sweeper(results, log);
    return { consumer, completer, chords, executions, intake, leases, sweeper, control };
  }

  /** The broker will never take us again: stop, and tell whoever waits for `done`. */
  #die(error: unknown): void {
    this.#failure = error;
    this.#log.error('consumer: cannot go on', { err: error });
    void this.stop('warm');
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
    await this.#app.signals.workerShuttingDown.send(plan.hostname, {
      sig: how === 'warm' ? 'SIGTERM' : 'SIGQUIT',
      how,
      exitcode: 0,
    });
    if (this.#running) await this.#drain(this.#running);
    else await this.#pool?.close(0);
    clearTimeout(this.#lastCall);
    await this.#app.signals.workerShutdown.send(plan.hostname, { instance: this });
    if (this.#failure === undefined) this.#finish.resolve();
    else this.#finish.reject(this.#failure);
  }

  async #drain(running: Running): Promise<void> {
    const grace = this.plan.shutdownGraceMs;
    const impatient = grace === undefined ? undefined : setTimeout(() => this.#goCold(), grace);
    await drain(running, this.#pool, this.#log);
    clearTimeout(impatient);
  }
}
