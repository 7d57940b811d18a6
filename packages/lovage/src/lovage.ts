import { App } from '@lovage/app';
import { Worker, type WorkerOptions } from '@lovage/worker';

/**
 * An app whose tasks can be called, and run in this very program.
 *
 * @example
 * const app = new Lovage('shop', { brokerUrl: 'redis://localhost:6379/0' });
 * const add = app.task('shop.add', (x: number, y: number) => x + y);
 */
export class Lovage extends App {
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
}
