import type { Broker } from './broker.ts';
import type { EventBus } from './bus.ts';
import type { LockStore } from './locks.ts';
import type { ResultBackend } from './results.ts';
import type { RevocationStore } from './revocations.ts';
import type { ScheduleStore } from './schedules.ts';

/**
 * One service, one set of connections, whatever roles it can fill.
 * Each role is made on first use and the same object is answered afterwards;
 * `open` need not be called first: roles connect when first asked for something.
 */
export interface Driver {
  /** 'redis', 'sqlite', 'memory'. */
  readonly name: string;
  /** The URL with its password hidden, for logs and reports. */
  readonly label: string;
  /** Connect and bring the schema up to date. Rejects with DriverError. */
  open(): Promise<void>;
  /** Closes every role that was made. Idempotent. */
  close(): Promise<void>;
  /**
   * Brings the schema up to date, as `open` does, and says what it found: for users who let a program do so that may.
   * Left out where there is no schema, or none that needs anybody's leave.
   */
  migrate?(): Promise<SchemaVersions>;
  /** Resolves if the service answers now; rejects with DriverError otherwise. For health checks. */
  ping(): Promise<void>;

  broker?(): Broker;
  results?(): ResultBackend;
  bus?(): EventBus;
  schedules?(): ScheduleStore;
  locks?(): LockStore;
  revocations?(): RevocationStore;
}

export interface SchemaVersions {
  /** 0 where there was none. */
  readonly from: number;
  readonly to: number;
}

export type DriverRole = 'broker' | 'results' | 'bus' | 'schedules' | 'locks' | 'revocations';

/** A driver known to fill these roles. */
export type DriverWith<Role extends DriverRole> = Driver & Required<Pick<Driver, Role>>;

/** What a driver package exports as `driver`; the app finds it by the scheme of a URL. */
export interface DriverFactory {
  /** URL schemes without ':', such as 'redis' and 'rediss'. */
  readonly schemes: readonly string[];
  /** Does not connect. Throws DriverError 'refused' for a URL or option it cannot use, saying what would be right. */
  create(url: string, options: DriverOptions): Driver;
}

export interface DriverOptions {
  /**
   * How long a call may take while the service is away before it rejects with 'unavailable'. Default 4,000 ms,
   * Celery's broker_connection_timeout.
   */
  readonly timeoutMs?: number;
  /** Celery's broker_transport_options / result_backend_transport_options, as the user wrote them. */
  readonly transport?: Readonly<Record<string, unknown>>;
  /**
   * Celery's result_backend_transport_options, where one driver serves broker and results and `transport` is the
   * broker's. Default: `transport`.
   */
  readonly resultTransport?: Readonly<Record<string, unknown>>;
  /**
   * How long results are kept, where the store has no time for each: in tables of Celery's. For ever when undefined.
   */
  readonly resultTtlMs?: number;
  /** Told of trouble that no call rejects with: reconnects, lapsed leases taken over. */
  readonly log?: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void;
}
