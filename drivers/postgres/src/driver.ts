import type { Broker, DriverFactory, DriverOptions, DriverWith } from '@lovage/contracts';
import { maskUrl, Roles } from '@lovage/contracts/kit';
import { postgresBroker } from './broker/broker.ts';
import type { Courier } from './broker/courier.ts';
import { ownCourier } from './broker/publish.ts';
import { Queues } from './broker/queues.ts';
import { postgresBus } from './bus/bus.ts';
import { type Beside, Database } from './database/database.ts';
import { type Session, Sessions } from './database/session.ts';
import { repeatable } from './database/statement.ts';
import { postgresLocks } from './locks.ts';
import { type Configured, readOptions } from './options.ts';
import { postgresResults } from './results/results.ts';
import { postgresRevocations } from './revocations.ts';
import { postgresSchedules } from './schedules/schedules.ts';

const PING = repeatable('ping', 'select 1');

/**
 * Every role in one database: `postgresql://user:password@host:5432/database`. Options, in the query or as transport
 * options: `schema`, `pool_size`, `pooler`, `polling_interval` (seconds); and in the query what `pg` reads there, such
 * as `sslmode`.
 */
export const driver: DriverFactory = { schemes: ['postgresql', 'postgres'], create };

function create(
  url: string,
  options: DriverOptions,
): DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks' | 'revocations'> {
  const label = maskUrl(url);
  return driverOver('postgres', label, readOptions(url, options));
}

/** Where messages are. */
export interface Messages {
  broker(session: Session): Broker;
  /** What brings messages there within a transaction of ours. */
  courier(session: Session): Courier;
}

const OURS: Messages = {
  broker: postgresBroker,
  courier: (session) => ownCourier(session, new Queues(session)),
};

/** The driver of one database. A package with tables of its own beside ours brings these, and its messages. */
export function driverOver(
  name: string,
  label: string,
  configured: Configured,
  messages: Messages = OURS,
  beside: Beside = {},
): DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks' | 'revocations'> {
  const database = new Database(configured, label, beside);
  const sessions = new Sessions(database);
  const roles = new Roles(() => sessions.begin());

  return {
    name,
    label,
    open: () => database.open(),
    migrate: () => database.migrate(),
    async ping() {
      await database.run(PING);
    },
    broker: roles.once(messages.broker),
    results: roles.once(postgresResults),
    bus: roles.once(postgresBus),
    schedules: roles.once((session) => postgresSchedules(session, messages.courier(session))),
    locks: roles.once(postgresLocks),
    revocations: roles.once(postgresRevocations),
    async close() {
      await roles.close();
      await database.close();
    },
  };
}
