import { Backoff } from '@lovage/contracts/kit';
import { Client, type ClientConfig } from 'pg';
import type { Database } from '../database/database.ts';
import { explain } from '../errors.ts';

/** Between two questions whether the connection still carries anything, in ms. */
const HEALTH_MS = 15_000;
/** Kept after the last has stopped listening, in ms: the next may come soon. */
const LINGER_MS = 5000;

export interface Ear {
  /** A payload of the channel. Never called before `listen` has resolved. */
  hear(payload: string): void;
  /** It can have missed something, and should look. */
  missed(): void;
}

/**
 * The one connection that is told things (LISTEN), made when somebody wants to hear, renewed when it fails.
 * Behind a pooler there is none, and only this process's own news are heard.
 */
export class Listener {
  readonly #config: ClientConfig;
  readonly #database: Database;
  readonly #ears = new Map<string, Set<Ear>>();
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  /** Runs while the connection is to be renewed. */
  #renewing: Promise<void> | undefined;
  #health: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(config: ClientConfig, database: Database) {
    this.#config = config;
    this.#database = database;
  }

  /** Resolves once whatever is said on the channel is heard; answers how to stop. Rejects with DriverError. */
  async listen(channel: string, ear: Ear): Promise<() => void> {
    await this.#database.open();
    const here = this.#ears.get(channel) ?? new Set();
    this.#ears.set(channel, here.add(ear));
    clearTimeout(this.#linger);
    const stop = () => this.#stop(channel, ear);
    if (this.#database.pooled) return stop;
    try {
      const client = await this.#connected();
      holdProcess(client, true);
      await this.#say(client, `listen ${quoted(channel)}`);
    } catch (error) {
      stop();
      throw explain(error, this.#database.label);
    }
    return stop;
  }

  /** Deliver a payload to those in this process. */
  hear(channel: string, payload: string): void {
    for (const ear of [...(this.#ears.get(channel) ?? [])]) ear.hear(payload);
  }

  async close(): Promise<void> {
    clearTimeout(this.#linger);
    clearInterval(this.#health);
    this.#ears.clear();
    await this.#renewing;
    const client = this.#client;
    this.#client = undefined;
    this.#connecting = undefined;
    // Does not wait for the goodbye, which a dead network would never bring.
    if (client) end(client);
  }

  #stop(channel: string, ear: Ear): void {
    const here = this.#ears.get(channel);
    if (!here?.delete(ear) || here.size > 0) return;
    this.#ears.delete(channel);
    const client = this.#client;
    if (client) this.#say(client, `unlisten ${quoted(channel)}`).catch(() => {});
    if (this.#ears.size > 0) return;
    if (client) holdProcess(client, false);
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => void this.close(), LINGER_MS).unref();
  }

  #connected(): Promise<Client> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    const { timeoutMs } = this.#database.options;
    const client = new Client({
      ...this.#config,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
    });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ channel, payload }) => this.hear(channel, payload ?? ''));
    try {
      await client.connect();
      for (const channel of this.#ears.keys()) await this.#say(client, `listen ${quoted(channel)}`);
      if (this.#ears.size === 0) throw new Error('nobody wants to listen any more');
    } catch (error) {
      end(client);
      throw error;
    }
    this.#client = client;
    clearInterval(this.#health);
    this.#health = setInterval(() => this.#check(client), HEALTH_MS).unref();
    return client;
  }

  #check(client: Client): void {
    this.#say(client, 'select 1').catch(() => {
      end(client);
      this.#lost(client);
    });
  }

  #lost(client: Client): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#connecting = undefined;
    clearInterval(this.#health);
    if (this.#ears.size > 0) this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
  }

  async #renew(): Promise<void> {
    const { label, options } = this.#database;
    options.log('warn', `${label}: lost the connection that listens`);
    const pause = new Backoff({ baseMs: 50, maxMs: 2000 });
    while (this.#ears.size > 0) {
      try {
        await this.#connected();
        options.log('info', `${label}: listens again`);
        for (const here of this.#ears.values()) for (const ear of [...here]) ear.missed();
        return;
      } catch (error) {
        options.log('debug', explain(error, label).message);
      }
      await pause.wait();
    }
  }

  #say(client: Client, text: string): Promise<unknown> {
    return client.query(text);
  }
}

/** Whether its socket keeps the process alive; left out of its types. */
function holdProcess(client: Client, hold: boolean): void {
  const { ref, unref } = client as unknown as { ref(): void; unref(): void };
  (hold ? ref : unref).call(client);
}

function end(client: Client): void {
  client.end().catch(() => {});
  // Its own way to end waits for the server.
  (
    client as unknown as { readonly connection?: { readonly stream?: { destroySoon?(): void } } }
  ).connection?.stream?.destroySoon?.();
}

function quoted(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`;
}
