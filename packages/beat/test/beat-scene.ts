import type { TestContext } from 'node:test';
import { App, type AppOptions, type Logger } from '@lovage/app';
import type { ScheduleStore } from '@lovage/contracts';
import { readHeaders } from '@lovage/protocol';
import { Beat, type BeatOptions, type BeatStore, PeriodicTasks, type SentRun } from '../src/index.ts';
import { FakeClock } from './fake-clock.ts';

/** What a scene changes in what beats and their store say to each other. */
export interface Meddling {
  /** Called before each call; what it throws is what the call rejects with. */
  before?(call: keyof ScheduleStore | 'acquire' | 'renew', beat: string): void | Promise<void>;
  /** The store is not the broker's. */
  readonly apart?: boolean;
}

/** Beats on a memory store of their own, and a clock that the test moves. */
export class BeatScene {
  readonly app: App;
  readonly clock: FakeClock;
  readonly lines: string[] = [];
  readonly sent: SentRun[] = [];
  readonly #meddling: Meddling;
  readonly #beats: Beat[] = [];
  readonly #over = Promise.withResolvers<void>();
  /** Does not come back before the scene is over: the call of a process that died. */
  readonly never: Promise<void> = this.#over.promise;

  constructor(t: TestContext, conf: AppOptions = {}, now = '2026-03-01T12:00:00Z', meddling: Meddling = {}) {
    this.clock = new FakeClock(now);
    this.#meddling = meddling;
    const url = `memory://beat-${crypto.randomUUID()}`;
    const defaults = { environment: {}, brokerUrl: url, resultBackend: url };
    this.app = new App('scene', { ...defaults, ...conf, logger: this.logger });
    t.mock.method(Date, 'now', () => this.clock.now());
    t.after(async () => {
      this.#over.resolve();
      await Promise.all(this.#beats.map((beat) => beat.stop()));
      await this.app.close();
    });
  }

  get logger(): Logger {
    const write = (level: string) => (message: string) => void this.lines.push(`${level}: ${message}`);
    const logger: Logger = {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: () => logger,
      enabled: () => true,
    };
    return logger;
  }

  get tasks(): PeriodicTasks {
    return new PeriodicTasks(this.app);
  }

  async store(beat = ''): Promise<BeatStore> {
    const { schedules, locks, label, withBroker } = await (await this.app.drivers()).periodic();
    const { before, apart = false } = this.#meddling;
    const spied = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (object, name) => {
          const value = Reflect.get(object, name) as unknown;
          if (typeof value !== 'function') return value;
          return async (...given: unknown[]) => {
            await before?.(name as keyof ScheduleStore, beat);
            return (value as (...given: unknown[]) => unknown).apply(object, given);
          };
        },
      });
    return { schedules: spied(schedules), locks: spied(locks), label, withBroker: withBroker && !apart };
  }

  /** One that runs; `name` is told to the meddler. */
  async beat(options: BeatOptions = {}, name = 'beat'): Promise<Beat> {
    const store = await this.store(name);
    const { clock } = this;
    const beat = new Beat(this.app, { clock, store, onSent: (run) => this.sent.push(run), ...options });
    this.#beats.push(beat);
    await beat.start();
    await clock.advance(0);
    return beat;
  }

  /** What was sent for, as 'name 12:00:01'. */
  dues(name?: string): string[] {
    return this.sent
      .filter((run) => name === undefined || run.name === name)
      .map((run) => `${run.name} ${run.due.toISOString().slice(11, 19)}`);
  }

  /** Ids and headers of what is in a queue. */
  async queued(queue = 'celery') {
    const { broker } = await this.app.drivers();
    const messages = await broker.peek(queue, 1000);
    return messages.map((envelope) => ({ id: envelope.id, envelope, headers: readHeaders(envelope) }));
  }

  said(part: string): number {
    return this.lines.filter((line) => line.includes(part)).length;
  }
}
