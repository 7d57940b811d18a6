import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppOptions, Logger } from '@lovage/app';
import { App } from '@lovage/app';
import type { Broker, Consumer, Delivery, DriverFactory, ResultBackend, Settlement } from '@lovage/contracts';
import { driver as memory } from '@lovage/memory';
import type { WorkerOptions } from '@lovage/worker';
import { Worker } from '@lovage/worker';

/** What a scene can change in what the worker and its store say to each other. */
export interface Meddling {
  /** Called before each call of the worker; what it throws is what the call rejects with. */
  before?(call: string): void | Promise<void>;
  /** What was claimed, as the worker shall see it. */
  claimed?(delivery: Delivery): Delivery;
  /** Which of the renewed deliveries are told to be lost, besides those that are. */
  lost?(delivery: Delivery): boolean;
}

/** An app on a memory store of its own; every word between its workers and the store is written down. */
export class Scene {
  readonly app: App;
  /** `claim`, `settle done <id>`, `renew <id>`, `store <id> <state>`, and what tests add. */
  readonly events: string[] = [];
  /** What was logged as warning or error. */
  readonly alarms: string[] = [];
  readonly workers: Worker[] = [];

  constructor(t: TestContext, conf: AppOptions = {}, meddling: Meddling = {}) {
    const url = `memory://worker-${crypto.randomUUID()}`;
    const drivers = [spied(this.events, meddling)];
    const logger = alarmsOnly(this.alarms);
    const defaults = { environment: {}, brokerUrl: url, resultBackend: url, lovageLeaseSeconds: 1 };
    this.app = new App('scene', { ...defaults, ...conf, drivers, logger });
    t.after(async () => {
      await Promise.all(this.workers.map((worker) => worker.stop('cold')));
      await this.app.close();
    });
  }

  async worker(options: WorkerOptions = {}): Promise<Worker> {
    const worker = new Worker(this.app, { concurrency: 2, ...options });
    this.workers.push(worker);
    await worker.start();
    return worker;
  }

  async depth() {
    const { broker } = await this.app.drivers();
    const [depth] = await broker.depth(['celery']);
    return depth!;
  }

  /** The reasons of what is in quarantine, by task id. */
  async quarantine(): Promise<ReadonlyMap<string, unknown>> {
    const { broker } = await this.app.drivers();
    const kept = await broker.peek('lovage.quarantine', 100);
    return new Map(kept.map(({ id, headers }) => [id, headers['lovage_reason']]));
  }

  count(event: string): number {
    return this.events.filter((each) => each === event).length;
  }
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited too long until ${what}`);
    await sleep(5);
  }
}

/** Blocks whoever awaits `shut` until it is opened. */
export function gate(): { readonly shut: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { shut: promise, open: resolve };
}

function alarmsOnly(alarms: string[]): Logger {
  const logger: Logger = {
    debug() {},
    info() {},
    warn: (message) => alarms.push(message),
    error: (message) => alarms.push(message),
    child: () => logger,
    enabled: () => false,
  };
  return logger;
}

function spied(events: string[], meddling: Meddling): DriverFactory {
  const called = async (call: string) => {
    await meddling.before?.(call);
    events.push(call);
  };
  const consumerOf = (real: Consumer): Consumer => ({
    ...real,
    async claim(max, signal) {
      await meddling.before?.('claim');
      const deliveries = await real.claim(max, signal);
      for (const { envelope } of deliveries) events.push(`claim ${envelope.id}`);
      return deliveries.map((delivery) => meddling.claimed?.(delivery) ?? delivery);
    },
    async renew(deliveries) {
      for (const { envelope } of deliveries) await called(`renew ${envelope.id}`);
      const gone = await real.renew(deliveries);
      return deliveries.filter((delivery) => gone.includes(delivery) || meddling.lost?.(delivery));
    },
    async settle(settlements) {
      for (const settlement of settlements) await called(`settle ${described(settlement)}`);
      return real.settle(settlements);
    },
  });
  const brokerOf = (real: Broker): Broker => ({
    ...real,
    async declare(queues) {
      await meddling.before?.('declare');
      await real.declare(queues);
    },
    consume: async (options) => consumerOf(await real.consume(options)),
  });
  const resultsOf = (real: ResultBackend): ResultBackend => ({
    ...real,
    async store(records) {
      for (const { taskId, state } of records) await called(`store ${taskId} ${state}`);
      await real.store(records);
    },
    chords: {
      ...real.chords!,
      async drop(id) {
        await called(`drop ${id}`);
        await real.chords!.drop(id);
      },
    },
  });
  return {
    schemes: ['memory'],
    create(url, options) {
      const real = memory.create(url, options);
      let broker: Broker | undefined;
      let results: ResultBackend | undefined;
      return {
        ...real,
        broker: () => (broker ??= brokerOf(real.broker!())),
        results: () => (results ??= resultsOf(real.results!())),
      };
    },
  };
}

function described(settlement: Settlement): string {
  const { kind, delivery } = settlement;
  const lost = kind === 'release' && settlement.lost ? ', lost' : '';
  const records = kind === 'done' ? (settlement.records ?? []) : [];
  return `${kind}${lost} ${delivery.envelope.id}${records.map(({ state }) => ` =${state}`).join('')}`;
}
