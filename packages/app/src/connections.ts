import type { ResultBackend } from '@lovage/contracts';
import { ImproperlyConfigured } from './errors.ts';
import type { Logger } from './logger/logger.ts';
import type { OpenApp } from './open-services.ts';
import { Waiter } from './result/waiter.ts';

/** What an app has open: its services, opened once and connected on first use, and what waits for results. */
export class Connections {
  readonly #name: string;
  readonly #openAll: () => Promise<OpenApp>;
  readonly #log: () => Logger;
  #open: Promise<OpenApp> | undefined;
  #results: ResultBackend | undefined;
  #waiter: Promise<Waiter> | undefined;
  #closed = false;

  constructor(name: string, openAll: () => Promise<OpenApp>, log: () => Logger) {
    this.#name = name;
    this.#openAll = openAll;
    this.#log = log;
  }

  open(): Promise<OpenApp> {
    if (this.#closed) return Promise.reject(new ImproperlyConfigured(`the app ${this.#name} is closed`));
    this.#open ??= this.#openAll().then((opened) => {
      this.#results = opened.results;
      return opened;
    });
    return this.#open;
  }

  /** Where messages ask replies to go; undefined where results are stored, or nothing is open yet. */
  get replyTo(): string | undefined {
    return this.#results?.replyTo;
  }

  /** @throws ImproperlyConfigured where no results are kept */
  async resultBackend(): Promise<ResultBackend> {
    const { results } = await this.open();
    if (results) return results;
    throw new ImproperlyConfigured('no result backend is configured: set resultBackend to keep results');
  }

  waiter(): Promise<Waiter> {
    this.#waiter ??= this.resultBackend().then((results) => new Waiter(results, this.#log()));
    return this.#waiter;
  }

  /** True the first time: from then on nothing can be opened. */
  shut(): boolean {
    const first = !this.#closed;
    this.#closed = true;
    return first;
  }

  /** Releases what is open. Those who wait for results are told. */
  async release(): Promise<void> {
    await (await this.#waiter?.catch(() => undefined))?.close();
    await (await this.#open?.catch(() => undefined))?.close();
  }
}
