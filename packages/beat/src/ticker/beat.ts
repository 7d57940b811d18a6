import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { App, Logger } from '@lovage/app';
import { DriverError } from '@lovage/contracts';
import { type Entry, formOf } from '../entries/index.ts';
import { checkWritable, readAppEntries, syncFromCode } from '../sync/index.ts';
import { Claiming } from './claiming.ts';
import { Leading } from './leading.ts';
import { Lease, type Term } from './lease.ts';
import { type BeatOptions, type BeatStore, type ResolvedOptions, resolveOptions } from './options.ts';
import { Outage, type Witness } from './outage.ts';
import { Outbox } from './outbox.ts';
import { Overlap } from './overlap.ts';
import { Roster } from './roster.ts';
import { Runs, type SentRun } from './runs.ts';
import { type BeatStatus, problemsOf } from './status.ts';
import { Ticker } from './ticker.ts';

/** The parts that exist once beat runs. */
interface Running {
  readonly lease: Lease;
  readonly leading: Leading;
  readonly roster: Roster;
}

/**
 * Sends periodic tasks when they are due. Any number of beats may run: one of them leads, and each due time of each entry
 * is sent once, whoever leads or believes to.
 *
 * @example
 * await using beat = new Beat(app);
 * await beat.start();
 * await beat.done;
 */
export class Beat {
  readonly #app: App;
  readonly #options: ResolvedOptions;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  readonly #storeOutage: Outage;
  readonly #brokerOutage: Outage;
  readonly #store: Witness;
  readonly #broker: Witness;
  #running: Running | undefined;
  #loop: Promise<void> | undefined;
  #phase: BeatStatus['phase'] = 'starting';
  #sent = 0;
  #lastRun: SentRun | undefined;
  #lastTickAt: Date | undefined;
  /** By the monotonic clock: of the last tick, or since when it leads. */
  #tickedMs = 0;
  #startedMs = 0;
  #lastError: string | undefined;

  /** @throws ImproperlyConfigured for options that cannot be */
  constructor(app: App, options: BeatOptions = {}) {
    this.#app = app;
    this.#options = resolveOptions(app, options);
    this.#log = this.#options.log;
    const { clock } = this.#options;
    this.#storeOutage = new Outage('the store of periodic tasks', this.#log, clock);
    this.#brokerOutage = new Outage('the broker', this.#log, clock);
    this.#store = this.#storeOutage.witness();
    this.#broker = this.#brokerOutage.witness();
    // Nobody need look at it.
    this.#done.promise.catch(() => {});
  }

  /** Resolves when it has stopped; rejects for a fault that no other try puts right. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /**
   * Resolves when it runs. A store that is away is no error: it is asked again and again.
   * @throws ImproperlyConfigured for entries of the code, or settings, that cannot be, and whatever the app's modules throw
   */
  async start(): Promise<void> {
    if (this.#loop) throw new Error('this beat has been started already');
    await this.#app.importModules();
    const entries = readAppEntries(this.#app);
    const store = this.#options.store ?? (await (await this.#app.drivers()).periodic());
    this.#startedMs = this.#options.clock.monotonic();
    checkWritable(entries, formOf(store.schedules.traits, this.#app.conf.timezone));
    const running = await this.#assemble(store, entries);
    const { beatInit, beatEmbeddedInit } = this.#app.signals;
    await beatInit.send(null, { instance: this });
    if (this.#options.embedded) await beatEmbeddedInit.send(null, { instance: this });
    this.#running = running;
    this.#loop = this.#run(running, store, entries).then(
      () => this.#end(() => this.#done.resolve()),
      (error: unknown) => this.#end(() => this.#done.reject(error)),
    );
  }

  /** Ends what is being sent, and frees the lease, so that another beat leads at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#loop) await this.#loop;
    else this.#end(() => this.#done.resolve());
  }

  #end(settle: () => void): void {
    this.#phase = 'stopped';
    settle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get status(): BeatStatus {
    const { clock } = this.#options;
    const { lease, roster } = this.#running ?? {};
    const term = this.#phase === 'leading' ? lease?.term : undefined;
    const now = clock.monotonic();
    const facts = {
      phase: this.#phase,
      storeAwayMs: this.#storeOutage.awayMs,
      brokerAwayMs: this.#brokerOutage.awayMs,
      tickMs: term ? now - this.#tickedMs : undefined,
      leaseMs: this.#phase === 'starting' ? 0 : now - (lease?.askedMs ?? this.#startedMs),
    };
    const problems = problemsOf(facts);
    const next = term ? (roster?.next ?? Infinity) : Infinity;
    return {
      phase: this.#phase,
      leading: term !== undefined,
      fence: term?.fence,
      entries: roster?.size ?? 0,
      unreadable: roster?.unreadable ?? 0,
      nextDue: Number.isFinite(next) ? new Date(next) : undefined,
      sent: this.#sent,
      lastTickAt: this.#lastTickAt,
      lastLatenessMs: this.#lastRun?.lateMs,
      lastError: this.#lastError,
      storeAwayMs: facts.storeAwayMs,
      brokerAwayMs: facts.brokerAwayMs,
      problems,
      healthy: problems.length === 0,
    };
  }

  async #assemble(store: BeatStore, entries: readonly Entry[]): Promise<Running> {
    const app = this.#app;
    const log = this.#log;
    const { schedules, locks, withBroker } = store;
    const { clock, scheduler, maxIntervalMs, leaseMs, missedAfterMs } = this.#options;
    const { timezone } = app.conf;
    const { publisher, results } = await app.open();
    const only = scheduler === 'code' ? new Map(entries.map((entry) => [entry.name, entry])) : undefined;
    const roster = new Roster({ ...{ timezone, log, only }, form: formOf(schedules.traits, timezone) });
    const runs = new Runs(app, log);
    const messages = withBroker && schedules.traits.publishes ? 'publish' : 'keep';
    const ticker = new Ticker({
      ...{ roster, runs, clock, missedAfterMs },
      results: new Outage('the result store', log, clock).witness(),
      overlap: new Overlap({ app, results, log }),
      claiming: new Claiming({ store: schedules, publisher, messages, runs }),
      outbox: messages === 'keep' ? new Outbox(app, schedules) : undefined,
      onSent: (run) => this.#noteSent(run),
    });
    const onRound = () => this.#noteRound();
    const leading = new Leading({ store: schedules, roster, ticker, clock, maxIntervalMs, onRound });
    const owner = `${hostname()}:${process.pid}:${randomUUID()}`;
    const lease = new Lease({ locks, owner, leaseMs, clock, outage: this.#storeOutage.witness() });
    return { lease, leading, roster };
  }

  async #run({ lease, leading }: Running, store: BeatStore, entries: readonly Entry[]): Promise<void> {
    const { signal } = this.#stop;
    const { label, schedules } = store;
    this.#log.info(`beat: starting, with ${entries.length} entries in the code; the rest is in ${label}`);
    const { clock, scheduler } = this.#options;
    const { name: app, conf } = this.#app;
    const sync = { app, timezone: conf.timezone, log: this.#log, now: () => clock.now() };
    await this.#untilDone(async () => {
      await syncFromCode(schedules, entries, { ...sync, codeOnly: scheduler === 'code' });
      await leading.prepare();
    });
    if (signal.aborted) return;
    this.#phase = 'following';
    lease.start();
    try {
      for (;;) {
        const term = await lease.next(signal);
        if (!term) break;
        await this.#lead(term, leading);
      }
    } finally {
      await lease.stop();
    }
  }

  async #lead(term: Term, leading: Leading): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, term.over]);
    this.#phase = 'leading';
    this.#tickedMs = this.#options.clock.monotonic();
    this.#log.info(`beat: leads from now on (fence ${term.fence})`);
    leading.begin();
    while (term.holds() && !signal.aborted) {
      try {
        await leading.round(term, signal);
      } catch (error) {
        leading.forget();
        await this.#meet(error, signal);
      }
    }
    this.#phase = 'following';
    if (!this.#stop.signal.aborted) this.#log.warn('beat: leads no more: its lease is over');
  }

  /** Tries until it has been done, or beat is stopped. */
  async #untilDone(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await work();
        this.#store.over();
        return;
      } catch (error) {
        await this.#meet(error, signal);
      }
    }
  }

  /** Whatever went wrong: it is told once, and tried again later. @throws what no other try puts right */
  async #meet(error: unknown, signal: AbortSignal): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#lastError = error instanceof Error ? error.message : String(error);
    const ofStore = error instanceof DriverError;
    if (ofStore && (error.code === 'unsupported' || error.code === 'closed')) throw error;
    const ofBroker = error instanceof Error && error.name === 'OperationalError';
    if (!ofStore && !ofBroker) this.#log.error('beat: a fault, will try again', { err: error });
    const service = ofBroker ? this.#broker : this.#store;
    service.met(error);
    await service.wait(signal);
  }

  #noteRound(): void {
    this.#lastTickAt = new Date(this.#options.clock.now());
    this.#tickedMs = this.#options.clock.monotonic();
    this.#store.over();
    this.#broker.over();
  }

  #noteSent(run: SentRun): void {
    this.#sent += 1;
    this.#lastRun = run;
    this.#options.onSent(run);
  }
}
