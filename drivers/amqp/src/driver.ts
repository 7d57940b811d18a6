import type { Broker, Driver, DriverOptions, EventBus, ResultBackend } from '@lovage/contracts';
import { splitTls } from '@lovage/contracts/kit';
import { AmqpBroker } from './broker/broker.ts';
import { AmqpBus } from './bus/bus.ts';
import { Link } from './connection/link.ts';
import { readTarget } from './options/target.ts';
import { readTransport, type Transport } from './options/transport.ts';
import { RpcResults } from './results/rpc.ts';

const DEFAULT_TIMEOUT_MS = 4_000;

/** One RabbitMQ, two connections: one that publishes and declares, one that is pushed to. */
export class AmqpDriver implements Driver {
  readonly name = 'amqp';
  readonly label: string;
  readonly #transport: Transport;
  readonly #log: NonNullable<DriverOptions['log']>;
  readonly #publishing: Link;
  readonly #consuming: Link;
  /** Roles that were made and have not been closed. */
  readonly #open = new Map<string, { close(): Promise<void> }>();
  #broker: AmqpBroker | undefined;
  #bus: AmqpBus | undefined;
  #results: RpcResults | undefined;

  /** @throws DriverError 'refused' */
  constructor(url: string, { transport = {}, timeoutMs = DEFAULT_TIMEOUT_MS, log }: DriverOptions) {
    this.#log = log ?? (() => undefined);
    const { ssl, rest } = splitTls(transport);
    this.#transport = readTransport(rest);
    const target = readTarget(url, ssl, (message) => this.#log('warn', message));
    this.label = target.label;
    const { heartbeatS, connectTimeoutMs = timeoutMs, clientName } = this.#transport;
    const link = (purpose: string): Link =>
      new Link({
        target,
        timeoutMs,
        connectTimeoutMs,
        heartbeatS: target.heartbeatS ?? heartbeatS,
        name: `${clientName} ${process.pid} ${purpose}`,
        log: this.#log,
      });
    this.#publishing = link('publishes');
    this.#consuming = link('consumes');
  }

  async open(): Promise<void> {
    await this.#publishing.ready();
  }

  async ping(): Promise<void> {
    // A channel is opened and closed: RabbitMQ answers both.
    await this.#publishing.briefly(async () => undefined);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((role) => role.close()));
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }

  broker(): Broker {
    this.#broker ??= this.#made(
      'broker',
      new AmqpBroker({
        publishing: this.#publishing,
        consuming: this.#consuming,
        transport: this.#transport,
        beforePublish: async (messages) => this.#results?.before(messages),
        log: this.#log,
        onClose: () => this.#closed('broker'),
      }),
    );
    return this.#broker;
  }

  bus(): EventBus {
    this.#bus ??= this.#made(
      'bus',
      new AmqpBus({
        publishing: this.#publishing,
        listening: this.#consuming,
        log: this.#log,
        onClose: () => this.#closed('bus'),
      }),
    );
    return this.#bus;
  }

  results(): ResultBackend {
    this.#results ??= this.#made(
      'results',
      new RpcResults({
        publishing: this.#publishing,
        listening: this.#consuming,
        log: this.#log,
        onClose: () => this.#closed('results'),
      }),
    );
    return this.#results;
  }

  #made<Role extends { close(): Promise<void> }>(name: string, role: Role): Role {
    this.#open.set(name, role);
    return role;
  }

  /** Whoever closes all roles that he asked for need not know that there is a driver behind them. */
  #closed(name: string): void {
    this.#open.delete(name);
    if (this.#open.size > 0) return;
    void this.#publishing.rest();
    void this.#consuming.rest();
  }
}
