/** Python's Celery and ours on one PostgreSQL, whose tables of kombu they share; results in Redis, which both read. */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage } from 'lovage';
import {
  type PostgresServer,
  type RedisServer,
  redisDatabase,
  requireService,
  startPostgres,
  startRedis,
} from '../tools/services.ts';
import { type KombuMessageRow, KombuTables } from './kombu-tables.ts';
import { type Peer, type PythonWorker, pythonWorker } from './python.ts';

export const skip =
  requireService('postgres') ||
  requireService('redis') ||
  requireService('celery') ||
  requireService('sqlalchemy');

/** Started once for a file; each case has a queue and an app of its own. */
export class KombuStage {
  peer!: Peer & { readonly queue: string };
  app!: Lovage;
  tables!: KombuTables;
  #postgres: PostgresServer | undefined;
  #redis: RedisServer | undefined;
  #cases = 0;

  async start(): Promise<void> {
    [this.#postgres, this.#redis] = await Promise.all([startPostgres(), startRedis()]);
    this.tables = await KombuTables.open(this.#postgres.url);
  }

  async stop(): Promise<void> {
    await this.tables?.[Symbol.asyncDispose]();
    await Promise.all([this.#postgres?.stop(), this.#redis?.stop()]);
  }

  begin(): void {
    this.#cases += 1;
    this.peer = {
      broker: `sqla+${this.#postgres!.url}`,
      backend: redisDatabase(this.#redis!, 0),
      queue: `shared-${process.pid}-${this.#cases}`,
    };
    this.app = this.ours();
  }

  async end(): Promise<void> {
    await this.app.close();
  }

  /** An app of ours; its twin of Python's task says who ran it. */
  ours(queue = this.peer.queue): Lovage {
    const app = new Lovage('interop', {
      brokerUrl: this.peer.broker,
      resultBackend: this.peer.backend,
      taskDefaultQueue: queue,
      taskAcksLate: true,
      // Celery 5.2 knows no typed values; from 5.3 on the default is right.
      lovageJsonTyped: false,
      lovageLeaseSeconds: 2,
      // Tasks fail on purpose here: their lines would only hide what matters.
      lovageLogLevel: 'silent',
    });
    app.task('shared.mark', async (n: number) => {
      await sleep(20);
      return ['ts', n];
    });
    app.task('ts.add', (x: number, y: number) => x + y);
    app.task('ts.echo', (...args: (string | number | boolean | null)[]) => args);
    app.task('ts.fail', (text: string): number => {
      throw new TypeError(text);
    });
    app.task({ name: 'ts.flaky', bind: true, maxRetries: 3 }, (self, failures: number) => {
      const { retries } = self.request;
      if (retries < failures) self.retry({ exc: new Error(`attempt ${retries}`), countdown: 0.1 });
      return retries;
    });
    app.task('ts.now', () => Date.now() / 1000);
    app.task('ts.total', (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0));
    return app;
  }

  async ourWorker(t: TestContext, app = this.app) {
    const worker = await app.worker({ concurrency: 2, prefetchMultiplier: 1 });
    t.after(() => worker.stop());
    return worker;
  }

  async theirWorker(t: TestContext): Promise<PythonWorker> {
    const worker = await pythonWorker(this.peer);
    t.after(() => worker.stop().catch(() => {}));
    return worker;
  }

  /** What is in the queue, and what Python has consumed of it. */
  async rows(): Promise<KombuMessageRow[]> {
    return (await this.tables.messages()).filter(({ queue }) => queue === this.peer.queue);
  }

  /** What is ours among the invisible. */
  held(): Promise<{ readonly message: number; readonly due: string | null }[]> {
    return this.tables.query('select message, due from lovage_kombu_message_held');
  }
}
