import { isBusy } from './errors.ts';
import type { Connection } from './node-sqlite.ts';

/** Between tries for a lock that another process holds, in ms. A transaction there takes about this long. */
const RETRY_MS = 1;

interface Job {
  run(): unknown;
  done(value: unknown): void;
  fail(error: unknown): void;
  readonly deadline: number;
}

/**
 * Group commit: what is written within one turn of the event loop shares one transaction,
 * and each call is answered after that has committed.
 *
 * A lock held by another process is waited for with a timer, so that the event loop goes on meanwhile.
 */
export class Writer {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #committed: () => void;
  readonly #rolledBack: () => void;
  readonly #begin;
  readonly #commit;
  #waiting: Job[] = [];
  #scheduled = false;

  constructor(
    connection: Connection,
    options: { readonly timeoutMs: number; committed(): void; rolledBack(): void },
  ) {
    this.#connection = connection;
    this.#timeoutMs = options.timeoutMs;
    this.#committed = options.committed;
    this.#rolledBack = options.rolledBack;
    this.#begin = connection.prepare('begin immediate');
    this.#commit = connection.prepare('commit');
  }

  /** Runs `run` inside a transaction, perhaps twice if the first was rolled back: it must touch nothing else. */
  write<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        run,
        done: resolve as (value: unknown) => void,
        fail: reject,
        deadline: Date.now() + this.#timeoutMs,
      });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(this.#flush);
    });
  }

  /** Resolves once everything asked for so far has been answered. */
  async drained(): Promise<void> {
    if (this.#waiting.length > 0) await this.write(() => {}).catch(() => {});
  }

  readonly #flush = (): void => {
    const jobs = this.#waiting;
    this.#waiting = [];
    this.#scheduled = false;
    try {
      this.#commitAll(jobs);
    } catch (error) {
      if (isBusy(error)) this.#retry(jobs, error);
      else if (jobs.length === 1) jobs[0]!.fail(error);
      else for (const job of jobs) this.#commitAlone(job); // One bad row must not fail its neighbours.
    }
  };

  #commitAll(jobs: readonly Job[]): void {
    this.#begin.run();
    let answers: unknown[];
    try {
      answers = jobs.map((job) => job.run());
      this.#commit.run();
    } catch (error) {
      // Some errors (full disk) have rolled back already.
      if (this.#connection.isTransaction) this.#connection.exec('rollback');
      this.#rolledBack();
      throw error;
    }
    for (const [i, job] of jobs.entries()) job.done(answers[i]);
    this.#committed();
  }

  #commitAlone(job: Job): void {
    try {
      this.#commitAll([job]);
    } catch (error) {
      if (isBusy(error)) this.#retry([job], error);
      else job.fail(error);
    }
  }

  /** In front of what came meanwhile: nobody overtakes. */
  #retry(jobs: readonly Job[], error: unknown): void {
    const now = Date.now();
    const patient = jobs.filter((job) => job.deadline > now);
    for (const job of jobs) if (job.deadline <= now) job.fail(error);
    this.#waiting = [...patient, ...this.#waiting];
    if (this.#waiting.length === 0 || this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(this.#flush, RETRY_MS);
  }
}
