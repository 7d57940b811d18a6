import { DriverError } from '@lovage/contracts';
import {
  type Address,
  BUFFERS,
  type Client,
  type ClientOptions,
  type Command,
  destroy,
  openClient,
  type Reply,
} from './client.ts';
import { isStale, isTrackingRefused, toDriverError } from './failure.ts';
import { within } from './patience.ts';
import { checkServer } from './server.ts';
import { Waiters } from './waiters.ts';

/** What every connection of one driver shares. */
export interface ConnectionOptions {
  /** Where the primary is now: asked before every attempt, for it may have moved. */
  readonly locate: () => Promise<Address>;
  readonly client: ClientOptions;
  /** The URL without its password, for messages. */
  readonly label: string;
  /** The longest a call may take, waiting for a connection included. */
  readonly timeoutMs: number;
  /** An idle connection is asked for a sign of life this often. */
  readonly healthMs: number;
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void;
}

/** How one command is sent. */
export interface SendOptions {
  /** Answer blobs as Buffers. */
  readonly buffers?: boolean;
  /** Doing it twice is harmless: it is sent again, within the deadline, when the connection breaks before the reply. */
  readonly repeatable?: boolean;
  /** Epoch ms; `timeoutMs` from now when not given. */
  readonly deadline?: number;
}

/** Attempts to connect are spaced from the first to the second of these, doubling; each call sees a few of them. */
const BACKOFF_MS = [25, 1_000] as const;

/**
 * One connection that mends itself. While it is broken a call waits for it, until the call's own deadline;
 * nothing is queued beyond that. It emits no errors: calls reject with DriverError, the rest is logged.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #tracking: boolean;
  readonly #waiting = new Waiters<Client>();
  readonly #arms: ((client: Client) => Promise<void>)[] = [];
  readonly #needs: (() => boolean)[] = [];
  readonly #losses: (() => void)[] = [];
  readonly #returns: (() => void)[] = [];
  readonly #changes: ((key: string | null) => void)[] = [];
  #client: Client | undefined;
  #connecting = false;
  #closed = false;
  /** Nobody needs it now, nor an attempt to connect that is under way. */
  #resting = false;
  #lastReply = 0;
  /** Why there is no connection now. Logged once for each outage, not for each attempt. */
  #trouble: DriverError | undefined;

  /** `tracking` asks the server to tell of changes to keys read here (CLIENT TRACKING). */
  constructor(options: ConnectionOptions, tracking = false) {
    this.#options = options;
    this.#tracking = tracking;
  }

  /**
   * Run `arm` on every new client before anyone else may use it: subscriptions.
   * While `needed`, the connection is kept up even if nobody calls.
   */
  onConnect(arm: (client: Client) => Promise<void>, needed: () => boolean): void {
    this.#arms.push(arm);
    this.#needs.push(needed);
  }

  /** Call back whenever the connection stands again after a loss. */
  onReconnect(callback: () => void): void {
    this.#returns.push(callback);
  }

  onLoss(callback: () => void): void {
    this.#losses.push(callback);
  }

  /** Call back when a key that was read here has changed; null when any may have. */
  onInvalidate(callback: (key: string | null) => void): void {
    this.#changes.push(callback);
  }

  /** Whether the server tells of changes; false once it has refused to. */
  get tracking(): boolean {
    return this.#tracking;
  }

  /** The client, while it is connected. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** The client, once it is connected; rejects at `deadline` (epoch ms). */
  async ready(deadline = Date.now() + this.#options.timeoutMs): Promise<Client> {
    if (this.#client) return this.#client;
    if (this.#closed) throw this.#closedError();
    this.#resting = false;
    const client = this.#waiting.wait(deadline - Date.now(), () => this.#unreachable());
    if (!this.#connecting) void this.#connect();
    return client;
  }

  /** One command. Rejects with DriverError. */
  async send(command: Command, { buffers, repeatable, ...rest }: SendOptions = {}): Promise<Reply> {
    const { deadline = Date.now() + this.#options.timeoutMs } = rest;
    const options = buffers ? { typeMapping: BUFFERS } : undefined;
    for (;;) {
      const client = this.#client ?? (await this.ready(deadline));
      try {
        return await this.answer(client, client.sendCommand(command, options));
      } catch (error) {
        const failure = this.judge(client, error);
        if (!repeatable || failure.code !== 'unavailable' || Date.now() >= deadline) throw failure;
        // The connection stands, so the server itself asked for patience.
        if (this.#client === client) await pause(BACKOFF_MS[0]);
      }
    }
  }

  /** Several commands in one write. Rejects as soon as one of them fails. */
  sendAll(commands: readonly Command[], options?: SendOptions): Promise<readonly Reply[]> {
    return Promise.all(commands.map((command) => this.send(command, options)));
  }

  /** `reply`, unless it does not come in time: then the connection is given up, for it may be half open. */
  async answer<T>(client: Client, reply: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    const value = await within(reply, timeoutMs, () => {
      const silence = new Error(`no answer within ${timeoutMs / 1000} s`);
      this.#drop(client, silence);
      return silence;
    });
    this.#lastReply = Date.now();
    return value;
  }

  /** Let go of the connection until the next call. */
  rest(): void {
    this.#resting = true;
    const client = this.#client;
    this.#client = undefined;
    if (client) destroy(client);
  }

  /** Give the connection up for good, pending calls included. Later calls reject with 'closed'. */
  close(): void {
    this.#closed = true;
    this.#waiting.rejectAll(() => this.#closedError());
    this.rest();
  }

  async #connect(): Promise<void> {
    this.#connecting = true;
    let backoff: number = BACKOFF_MS[0];
    do {
      try {
        this.#adopt(await this.#attempt());
        break;
      } catch (error) {
        if (this.#tracking && isTrackingRefused(error)) {
          this.#tracking = false;
          this.#options.log(
            'warn',
            `Redis at ${this.#options.label} refuses CLIENT TRACKING: looking for work every 50 ms instead`,
          );
          continue;
        }
        const failure = this.#complain(error);
        if (failure.code !== 'unavailable') this.#waiting.rejectAll(() => failure);
      }
      if (!this.#wanted) break;
      await pause(backoff * (0.75 + Math.random() / 2));
      backoff = Math.min(backoff * 2, BACKOFF_MS[1], this.#options.timeoutMs / 4);
    } while (this.#wanted);
    this.#connecting = false;
  }

  get #wanted(): boolean {
    if (this.#closed || this.#resting) return false;
    return this.#waiting.size > 0 || this.#needs.some((needed) => needed());
  }

  async #attempt(): Promise<Client> {
    const address = await this.#options.locate();
    const client = openClient(address, this.#options.client, this.#tracking);
    client.on('error', (error) => this.#lose(client, error));
    client.on('invalidate', (key) => {
      for (const callback of this.#changes) callback(key === null ? null : String(key));
    });
    try {
      await this.answer(client, client.connect());
      checkServer(await this.answer(client, client.sendCommand(['HELLO'])), this.#options.label);
      for (const arm of this.#arms) await this.answer(client, arm(client));
      if (!client.isOpen) throw new Error('the connection broke while it was being set up');
      return client;
    } catch (error) {
      destroy(client);
      throw error;
    }
  }

  #adopt(client: Client): void {
    if (this.#closed || this.#resting) {
      destroy(client);
      return;
    }
    this.#client = client;
    const again = this.#trouble !== undefined;
    this.#trouble = undefined;
    this.#watchOver(client);
    this.#waiting.resolveAll(client);
    if (!again) return;
    this.#options.log('info', `Redis at ${this.#options.label}: connected again`);
    for (const callback of this.#returns) callback();
  }

  /** An idle half-open connection is noticed only by asking. */
  #watchOver(client: Client): void {
    const timer = setInterval(() => {
      if (this.#client !== client) return clearInterval(timer);
      if (Date.now() - this.#lastReply < this.#options.healthMs) return;
      this.answer(client, client.sendCommand(['PING'])).catch((error) => this.judge(client, error));
    }, this.#options.healthMs);
    timer.unref();
  }

  #lose(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#complain(error);
    for (const callback of this.#losses) callback();
    if (!this.#connecting && this.#wanted) void this.#connect();
  }

  #drop(client: Client, error: unknown): void {
    this.#lose(client, error);
    destroy(client);
  }

  /** What a call's failure on `client` means. */
  judge(client: Client, error: unknown): DriverError {
    if (this.#closed) return this.#closedError();
    if (isStale(error)) this.#drop(client, error);
    return toDriverError(error, this.#options.label);
  }

  #complain(error: unknown): DriverError {
    const failure = toDriverError(error, this.#options.label);
    if (!this.#trouble && !this.#closed) this.#options.log('warn', failure.message);
    this.#trouble = failure;
    return failure;
  }

  #unreachable(): DriverError {
    const { label, timeoutMs } = this.#options;
    const reason = this.#trouble ? ` (${this.#trouble.message})` : '';
    return new DriverError(
      'unavailable',
      `Redis at ${label} was not reached within ${timeoutMs / 1000} s${reason}`,
    );
  }

  #closedError(): DriverError {
    return new DriverError('closed', `Redis at ${this.#options.label}: this driver has been closed`);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
