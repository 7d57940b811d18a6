import type {
  Broker,
  Driver,
  DriverOptions,
  EventBus,
  LockStore,
  ResultBackend,
  RevocationStore,
  ScheduleStore,
} from '@lovage/contracts';
import { splitTls } from '@lovage/contracts/kit';
import { RedisBroker } from './broker/broker.ts';
import { Layout } from './broker/layout.ts';
import { Restorer } from './broker/restorer.ts';
import { RedisBus } from './bus/bus.ts';
import { Channels } from './bus/channels.ts';
import type { ClientOptions } from './connection/client.ts';
import { Connection, type ConnectionOptions } from './connection/connection.ts';
import { locator } from './connection/locate.ts';
import { Subscriptions } from './connection/subscriptions.ts';
import { Tracker } from './connection/tracker.ts';
import { RedisLocks } from './locks.ts';
import { readTarget, type Target } from './options/target.ts';
import { readTransport, type Transport } from './options/transport.ts';
import { ResultKeys } from './results/keys.ts';
import { RedisResults } from './results/results.ts';
import { RedisRevocations } from './revocations.ts';
import { RedisSchedules } from './schedules/schedules.ts';

const DEFAULT_TIMEOUT_MS = 4_000;

/** One Redis, all roles, two connections: one for commands, one that is told things. */
export class RedisDriver implements Driver {
  readonly name = 'redis';
  readonly label: string;
  readonly #target: Target;
  readonly #transport: Transport;
  readonly #resultKeys: ResultKeys;
  readonly #timeoutMs: number;
  readonly #log: ConnectionOptions['log'];
  readonly #commands: Connection;
  /** Pub/sub and word of changed keys; connects when either is wanted. */
  readonly #listening: Connection;
  readonly #subscriptions: Subscriptions;
  readonly #tracker: Tracker;
  readonly #layout: Layout;
  /** Roles that were made and have not been closed. */
  readonly #open = new Map<string, { close(): Promise<void> }>();
  #broker: RedisBroker | undefined;
  #results: RedisResults | undefined;
  #bus: RedisBus | undefined;
  #schedules: RedisSchedules | undefined;
  #locks: RedisLocks | undefined;
  #revocations: RedisRevocations | undefined;

  /** @throws DriverError 'refused' */
  constructor(url: string, options: DriverOptions) {
    const { ssl, rest } = splitTls(options.transport ?? {});
    this.#log = options.log ?? (() => undefined);
    this.#target = readTarget(url, ssl, (message) => this.#log('warn', message));
    this.#transport = readTransport(rest);
    const results = options.resultTransport
      ? readTransport(splitTls(options.resultTransport).rest)
      : this.#transport;
    this.#resultKeys = new ResultKeys(results.keyPrefix);
    this.label = this.#target.label;
    this.#timeoutMs = this.#transport.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#layout = new Layout(this.#transport);
    const connecting = this.#connectionOptions();
    this.#commands = new Connection(connecting);
    this.#listening = new Connection(connecting, true);
    this.#subscriptions = new Subscriptions(this.#listening, this.#timeoutMs);
    this.#tracker = new Tracker(this.#listening);
  }

  async open(): Promise<void> {
    await this.#commands.ready();
  }

  async ping(): Promise<void> {
    await this.#commands.send(['PING'], { repeatable: true });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((role) => role.close()));
    this.#commands.close();
    this.#listening.close();
  }

  broker(): Broker {
    this.#broker ??= this.#made(
      'broker',
      new RedisBroker(
        {
          connection: this.#commands,
          layout: this.#layout,
          tracker: this.#tracker,
          restorer: new Restorer(this.#commands, this.#layout, this.#transport, this.#log),
          transport: this.#transport,
          resultKey: (taskId) => this.#resultKeys.task(taskId),
          timeoutMs: this.#timeoutMs,
          log: this.#log,
        },
        () => this.#closed('broker'),
      ),
    );
    return this.#broker;
  }

  results(): ResultBackend {
    this.#results ??= this.#made(
      'results',
      new RedisResults({
        connection: this.#commands,
        subscriptions: this.#subscriptions,
        keys: this.#resultKeys,
        log: this.#log,
        onClose: () => this.#closed('results'),
      }),
    );
    return this.#results;
  }

  bus(): EventBus {
    this.#bus ??= this.#made(
      'bus',
      new RedisBus({
        connection: this.#commands,
        subscriptions: this.#subscriptions,
        tracker: this.#tracker,
        layout: this.#layout,
        channels: new Channels(this.#transport, this.#target.database),
        log: this.#log,
        onClose: () => this.#closed('bus'),
      }),
    );
    return this.#bus;
  }

  schedules(): ScheduleStore {
    this.#schedules ??= this.#made(
      'schedules',
      new RedisSchedules(this.#commands, this.#layout, () => this.#closed('schedules')),
    );
    return this.#schedules;
  }

  locks(): LockStore {
    const { keyPrefix } = this.#transport;
    this.#locks ??= this.#made(
      'locks',
      new RedisLocks(this.#commands, keyPrefix, () => this.#closed('locks')),
    );
    return this.#locks;
  }

  revocations(): RevocationStore {
    const { keyPrefix } = this.#transport;
    this.#revocations ??= this.#made(
      'revocations',
      new RedisRevocations(this.#commands, keyPrefix, () => this.#closed('revocations')),
    );
    return this.#revocations;
  }

  #made<Role extends { close(): Promise<void> }>(name: string, role: Role): Role {
    this.#open.set(name, role);
    return role;
  }

  /** Whoever closes all roles that he asked for need not know that there is a driver behind them. */
  #closed(name: string): void {
    this.#open.delete(name);
    if (this.#open.size > 0) return;
    this.#commands.rest();
    this.#listening.rest();
  }

  #connectionOptions(): ConnectionOptions {
    const { username, password, database, tls } = this.#target;
    const { connectTimeoutMs = this.#timeoutMs, keepAlive, clientName, healthMs } = this.#transport;
    const client: ClientOptions = {
      username,
      password,
      database,
      tls,
      connectTimeoutMs,
      keepAlive,
      name: clientName,
    };
    return {
      locate: locator(this.#target, this.#transport, client),
      client,
      label: this.label,
      timeoutMs: this.#timeoutMs,
      healthMs,
      log: this.#log,
    };
  }
}
