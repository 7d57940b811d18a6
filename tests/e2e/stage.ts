import { setTimeout as sleep } from 'node:timers/promises';
import { Ignore, Lovage, Reject } from 'lovage';

export type LovageWorker = Awaited<ReturnType<Lovage['worker']>>;

/** Waits for a condition, looking every few ms, or more rarely if a look costs; fails with `what` after 15 s, or what is given. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 15_000,
  everyMs = 10,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited too long until ${what}`);
    await sleep(everyMs);
  }
}

class Broken extends Error {}

/** An app with the tasks of the scenarios, its store, and what the tasks left behind. */
export class Stage {
  readonly app: Lovage;
  readonly tasks: ReturnType<typeof defineTasks>;
  /** The arguments of every run of `note`. */
  readonly notes: unknown[][] = [];
  readonly #runs = new Map<string, number>();
  readonly #closeStore: () => Promise<void>;

  static async open(store: { broker: string; results: string; close(): Promise<void> }): Promise<Stage> {
    return new Stage(store);
  }

  private constructor(store: { broker: string; results: string; close(): Promise<void> }) {
    this.app = new Lovage('e2e', {
      brokerUrl: store.broker,
      resultBackend: store.results,
      taskAcksLate: true,
      taskTrackStarted: false,
      lovageLeaseSeconds: 3,
      // Tasks fail on purpose here: their lines would only hide what matters.
      lovageLogLevel: 'silent',
    });
    this.#closeStore = store.close;
    this.tasks = defineTasks(this);
  }

  worker(options: Parameters<Lovage['worker']>[0]): Promise<LovageWorker> {
    return this.app.worker(options);
  }

  ran(name: string): number {
    const runs = this.count(name) + 1;
    this.#runs.set(name, runs);
    return runs;
  }

  count(name: string): number {
    return this.#runs.get(name) ?? 0;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.#closeStore();
  }
}

function defineTasks(stage: Stage) {
  const { app } = stage;
  return {
    add: app.task('e2e.add', (x: number, y: number) => x + y),
    echo: app.task('e2e.echo', (text: string) => text),
    now: app.task('e2e.now', () => Date.now()),
    fail: app.task('e2e.fail', (text: string): number => {
      throw new Broken(text);
    }),
    flaky: app.task({ name: 'e2e.flaky', bind: true, maxRetries: 5 }, async (self, failures: number) => {
      const { id, rootId, retries, headers, deliveryInfo } = self.request;
      if (retries < failures) self.retry({ exc: new Broken(`attempt ${retries}`), countdown: 0.05 });
      return { id, rootId, retries, trace: headers['x_trace'] as string, priority: deliveryInfo.priority };
    }),
    hopeless: app.task(
      { name: 'e2e.hopeless', autoretryFor: [Broken], retryKwargs: { countdown: 0.02 }, maxRetries: 2 },
      (): number => {
        throw new Broken('never works');
      },
    ),
    progress: app.task({ name: 'e2e.progress', bind: true }, async (self, total: number) => {
      for (let current = 1; current <= total; current += 1) {
        self.updateState('PROGRESS', { current, total });
        await sleep(30);
      }
      return total;
    }),
    ignore: app.task('e2e.ignore', (): null => {
      stage.ran('ignore');
      throw new Ignore('not today');
    }),
    rejectOnce: app.task({ name: 'e2e.reject_once', bind: true }, (self) => {
      const { redelivered } = self.request.deliveryInfo;
      if (stage.ran('rejectOnce') === 1) throw new Reject('come back', { requeue: true });
      return `second time${redelivered ? ', redelivered' : ''}`;
    }),
    named: app.task({ name: 'e2e.named', params: ['first', 'second'] }, (first: string, second?: string) => [
      first,
      second ?? null,
    ]),
    lastly: app.task('e2e.lastly', (n: number, options: { unit: string }) => [n, options]),
    kinds: app.task('e2e.kinds', (when: Date, bytes: Uint8Array, big: bigint) => [
      when.constructor.name,
      bytes instanceof Uint8Array ? 'Uint8Array' : typeof bytes,
      typeof big,
    ]),
    slow: app.task('e2e.slow', async (seconds: number) => {
      stage.ran('slow');
      await sleep(seconds * 1000);
      return seconds;
    }),
    deaf: app.task('e2e.deaf', (seconds: number) => sleep(seconds * 1000, seconds)),
    patient: app.task({ name: 'e2e.patient', bind: true }, async (self) => {
      const runs = stage.ran('patient');
      if (runs === 1) await sleep(60_000, undefined, { signal: self.signal, ref: false });
      return { runs, redelivered: self.request.deliveryInfo.redelivered };
    }),
    note: app.task('e2e.note', (...args: (string | number)[]) => {
      stage.notes.push(args);
      return null;
    }),
  };
}
