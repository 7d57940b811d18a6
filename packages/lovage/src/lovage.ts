import type { AppOptions } from '@lovage/app';
import { App } from '@lovage/app';
import { Beat, type BeatOptions, type BeatSchedule, PeriodicTasks } from '@lovage/beat';
import { Worker, type WorkerOptions } from '@lovage/worker';

/** Settings in camelCase, and what is no setting. */
export interface LovageOptions extends Omit<AppOptions, 'beatSchedule'> {
  /** Periodic tasks, by the name of each entry. */
  readonly beatSchedule?: BeatSchedule | undefined;
}

/**
 * An app whose tasks can be called, and run and sent periodically in this very program.
 *
 * @example
 * const app = new Lovage('shop', { brokerUrl: 'redis://localhost:6379/0' });
 * const add = app.task('shop.add', (x: number, y: number) => x + y);
 */
export class Lovage extends App {
  /** The entries of beat's store, to be looked at and changed while it runs. */
  readonly periodicTasks: PeriodicTasks = new PeriodicTasks(this);

  constructor(name: string, options: LovageOptions = {}) {
    super(name, options);
  }

  /**
   * Start a worker in this program. It is async by default: many tasks on this event loop, right for work that waits.
   * Stop it with `stop()`, or let `await using` do so. It stops by itself for nothing but a broker that refuses it.
   *
   * @throws DriverError when the broker refuses us
   *
   * @example
   * await using worker = await app.worker({ concurrency: 50 });
   */
  async worker(options: WorkerOptions = {}): Promise<Worker> {
    const worker = new Worker(this, options);
    await worker.start();
    return worker;
  }

  /**
   * Start a beat in this program, which sends periodic tasks when they are due. Any number may run, here and elsewhere:
   * one of them leads, and each due time is sent once. Stop it with `stop()`, or let `await using` do so.
   *
   * @throws ImproperlyConfigured listing what is wrong with entries of the code
   *
   * @example
   * await using beat = await app.beat();
   */
  async beat(options: BeatOptions = {}): Promise<Beat> {
    const beat = new Beat(this, options);
    await beat.start();
    return beat;
  }
}
