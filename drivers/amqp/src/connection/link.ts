import { DriverError } from '@lovage/contracts';
import { Backoff, withTimeout } from '@lovage/contracts/kit';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import type { Target } from '../options/target.ts';
import { toDriverError } from './failure.ts';

export interface LinkOptions {
  readonly target: Target;
  /** How long a call waits for a connection, and for an answer. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly heartbeatS: number;
  /** What the broker's management calls it. */
  readonly name: string;
  readonly log: (level: 'debug' | 'info' | 'warn', message: string) => void;
}

/** One connection that is made when first wanted, and made anew when wanted after it was lost. */
export class Link {
  readonly #options: LinkOptions;
  readonly #onLoss = new Set<() => void>();
  #model: ChannelModel | undefined;
  #connecting: Promise<ChannelModel> | undefined;
  #resting: Promise<void> = Promise.resolve();
  #lost = false;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get label(): string {
    return this.#options.target.label;
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Call back whenever a connection is lost. Returns how to stop. */
  onLoss(callback: () => void): () => void {
    this.#onLoss.add(callback);
    return () => this.#onLoss.delete(callback);
  }

  /** Resolves once connected. Rejects with DriverError 'unavailable' when that takes too long, or 'refused'. */
  async ready(): Promise<void> {
    await this.#connected();
  }

  /** A channel whose errors reject what was asked on it; whoever wants to hear of its end listens to 'close'. */
  channel(): Promise<Channel> {
    return this.#open((model) => model.createChannel());
  }

  confirmChannel(): Promise<ConfirmChannel> {
    return this.#open((model) => model.createConfirmChannel());
  }

  /** Do something on a channel of its own: AMQP ends a channel on which something was refused. */
  async briefly<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.channel();
    try {
      return await this.answered(work(channel));
    } finally {
      // It has ended where RabbitMQ refused something.
      void Promise.resolve()
        .then(() => channel.close())
        .catch(() => undefined);
    }
  }

  /** What the broker answers; DriverError where it refuses, or stays silent. */
  async answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await withTimeout(answer, this.#options.timeoutMs, `RabbitMQ at ${this.label}`);
    } catch (error) {
      throw toDriverError(error, this.label);
    }
  }

  /** End the connection; the next use makes another. */
  rest(): Promise<void> {
    this.#resting = this.#resting.then(() => this.#end());
    return this.#resting;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.rest();
  }

  async #end(): Promise<void> {
    const model = this.#model ?? (await this.#connecting?.catch(() => undefined));
    this.#model = undefined;
    if (!model) return;
    // A broker that does not answer is not waited for long.
    await withTimeout(model.close(), Math.min(1_000, this.#options.timeoutMs), this.label).catch(() =>
      socketOf(model)?.destroy(),
    );
  }

  async #open<C extends Channel>(make: (model: ChannelModel) => Promise<C>): Promise<C> {
    const model = await this.#connected();
    const channel = await this.answered(make(model));
    // Whatever was asked on it has been rejected; an 'error' that nobody hears would end the process.
    channel.on('error', () => undefined);
    return channel;
  }

  #connected(): Promise<ChannelModel> {
    if (this.#closed) return Promise.reject(new DriverError('closed', `${this.label} has been closed`));
    if (this.#model) return Promise.resolve(this.#model);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<ChannelModel> {
    const { target, timeoutMs, log } = this.#options;
    const deadline = Date.now() + timeoutMs;
    const backoff = new Backoff({ baseMs: 50, maxMs: 1_000 });
    for (;;) {
      const place = target.hosts[backoff.attempts % target.hosts.length]!;
      try {
        const model = await this.#attempt(place, Math.max(1, deadline - Date.now()));
        if (this.#lost) log('info', `RabbitMQ at ${this.label} is reached again`);
        this.#lost = false;
        return model;
      } catch (error) {
        const failure = toDriverError(error, this.label);
        // Alternatives may have another opinion.
        const last = backoff.attempts >= target.hosts.length - 1;
        if (failure.code === 'refused' && last) throw failure;
        const waitMs = backoff.next();
        if (this.#closed || Date.now() + waitMs >= deadline) throw failure;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  async #attempt(
    { host, port }: { readonly host: string; readonly port: number },
    patienceMs: number,
  ): Promise<ChannelModel> {
    const { target, heartbeatS, connectTimeoutMs, name } = this.#options;
    const model = await connect(
      {
        protocol: target.tls ? 'amqps' : 'amqp',
        hostname: host,
        port,
        username: target.username,
        password: target.password,
        vhost: encodeURIComponent(target.vhost),
        heartbeat: heartbeatS,
      },
      {
        noDelay: true,
        keepAlive: true,
        timeout: Math.min(connectTimeoutMs, patienceMs),
        clientProperties: { connection_name: name },
        ...target.tls,
      },
    );
    // 'close' follows.
    model.on('error', () => undefined);
    model.on('blocked', (reason) =>
      this.#options.log('warn', `RabbitMQ at ${this.label} takes no messages: ${reason}`),
    );
    model.on('close', (error) => this.#ended(model, error));
    this.#model = model;
    return model;
  }

  #ended(model: ChannelModel, error: Error | undefined): void {
    if (this.#model !== model) return;
    this.#model = undefined;
    this.#lost = true;
    this.#options.log(
      'warn',
      `RabbitMQ at ${this.label}: connection lost${error ? `: ${error.message}` : ''}`,
    );
    for (const callback of [...this.#onLoss]) callback();
  }
}

/** The client has no way to end a connection that does not answer. */
function socketOf(model: ChannelModel): { destroy(): void } | undefined {
  return (model.connection as unknown as { stream?: { destroy(): void } }).stream;
}
