import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lovage, TaskError } from 'lovage';
import { depthOf } from './rabbitmq.ts';
import { WorkerProcess } from './worker-process.ts';

const APP = fileURLToPath(new URL('./prefork-app.ts', import.meta.url));

/** Of one store for all, or of one for messages and another for results. */
export type StoreUrls = string | { readonly broker: string; readonly results: string };

const both = (urls: StoreUrls) => (typeof urls === 'string' ? { broker: urls, results: urls } : urls);

/** A store, a client of it, the file in which tasks write themselves down, and the workers started on it. */
export class PreforkStage implements AsyncDisposable {
  readonly client: Lovage;
  /** The module with the tasks. */
  readonly app: string = APP;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #workers: WorkerProcess[] = [];

  /** @param ofClient where the client finds it, if not at the same URLs: behind a proxy */
  constructor(store?: StoreUrls, ofClient: StoreUrls | undefined = store) {
    this.folder = mkdtempSync(join(tmpdir(), 'lovage-prefork-'));
    const here = `sqlite:///${join(this.folder, 'tasks.db')}`;
    const { broker, results } = both(store ?? here);
    const seen = both(ofClient ?? here);
    this.client = new Lovage('client', { brokerUrl: seen.broker, resultBackend: seen.results });
    this.env = { E2E_BROKER: broker, E2E_RESULTS: results, E2E_LEDGER: join(this.folder, 'ledger') };
    writeFileSync(join(this.folder, 'ledger'), '');
  }

  /** A worker that consumes. */
  async worker(...args: string[]): Promise<WorkerProcess> {
    const worker = this.start(APP, ...args);
    await worker.ready;
    return worker;
  }

  start(app: string, ...args: string[]): WorkerProcess {
    const worker = new WorkerProcess({ app, env: this.env, name: `w${this.#workers.length}`, args });
    this.#workers.push(worker);
    return worker;
  }

  send<Value = unknown>(task: string, args: readonly unknown[] = [], options: object = {}) {
    return this.client.sendTask<Value>(task, { args, ...options });
  }

  /** How often a task with this label started. */
  runs(label: string): number {
    const lines = readFileSync(join(this.folder, 'ledger'), 'utf8').split('\n');
    return lines.filter((line) => line.startsWith(`${label} `)).length;
  }

  depth() {
    return depthOf(this.client);
  }

  /** Why a message is in quarantine; undefined when it is not. */
  async quarantined(taskId: string): Promise<string | undefined> {
    const { broker } = await this.client.drivers();
    const kept = await broker.peek('lovage.quarantine', 100);
    return kept.find(({ id }) => id === taskId)?.headers['lovage_reason'] as string | undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    await this.client.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An error of a task whose process was lost, as this text says. */
export const lostIn = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TaskError);
  assert.equal(error.type, 'WorkerLostError');
  assert.match(error.message, text);
  return true;
};
