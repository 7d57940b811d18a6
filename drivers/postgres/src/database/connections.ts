import type { DriverError } from '@lovage/contracts';
import { Backoff, withTimeout } from '@lovage/contracts/kit';
import { type ClientConfig, Pool, type PoolClient } from 'pg';
import { explain } from '../errors.ts';
import type { PostgresOptions } from '../options.ts';

/** An idle connection is let go after this long, in ms. */
const IDLE_MS = 30_000;
/** How long connections may take to say goodbye, in ms: over a dead network they cannot. */
const GOODBYE_MS = 1000;
/** What a client waits beyond the time that the server was given, in ms: its word is surer than our silence. */
export const GRACE_MS = 500;

/** A few connections to one server, made when needed; whoever wants one while it is away waits a while. */
export class Connections {
  readonly #pool: Pool;
  readonly #options: PostgresOptions;
  readonly #label: string;
  readonly #ready = new WeakSet<PoolClient>();
  /** Said to a server whose connections are ours alone, once on each. */
  readonly #greeting: string;

  constructor(config: ClientConfig, options: PostgresOptions, label: string) {
    this.#options = options;
    this.#label = label;
    // Statements of ours are prepared once, when tables may be empty, and must find their index ever after.
    this.#greeting = `set statement_timeout = ${Math.ceil(options.timeoutMs)};
      set idle_in_transaction_session_timeout = ${Math.ceil(options.timeoutMs) + 60_000};
      set enable_seqscan = off; set jit = off`;
    this.#pool = new Pool({
      ...config,
      max: options.poolSize,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: options.timeoutMs,
      allowExitOnIdle: true,
    });
    const trouble = (error: Error) => options.log('debug', `${label}: a connection ended: ${error.message}`);
    this.#pool.on('error', trouble);
    this.#pool.on('connect', (client) => void client.on('error', trouble));
  }

  /** A connection until it is released. Waits for one up to the deadline (epoch ms); rejects with DriverError. */
  async acquire(deadline: number, pooled: () => boolean | undefined): Promise<PoolClient> {
    const patience = new Backoff({ baseMs: 20, maxMs: 500 });
    for (;;) {
      try {
        const client = await this.#pool.connect();
        await this.#greet(client, pooled);
        return client;
      } catch (error) {
        const explained = explain(error, this.#label);
        if (explained.code !== 'unavailable' || Date.now() >= deadline) throw explained;
      }
      await patience.wait(AbortSignal.timeout(Math.max(1, deadline - Date.now())));
    }
  }

  async close(): Promise<void> {
    await withTimeout(this.#pool.end(), GOODBYE_MS, this.#label).catch((error: DriverError) => {
      this.#options.log('debug', `${error.message}, and was not waited for`);
    });
  }

  async #greet(client: PoolClient, pooled: () => boolean | undefined): Promise<void> {
    if (this.#ready.has(client)) return;
    try {
      const there = pooled();
      if (there === undefined) return; // Still to be found out.
      if (!there) {
        await client.query({ text: this.#greeting, query_timeout: this.#options.timeoutMs } as {
          text: string;
        });
      }
      this.#ready.add(client);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}
