import type { Driver, DriverFactory, DriverOptions, DriverWith } from '@lovage/contracts';
import { maskUrl } from '@lovage/contracts/kit';
import { sqliteBroker } from './broker/broker.ts';
import { sqliteBus } from './bus.ts';
import { Database } from './database.ts';
import { pathFromUrl } from './location.ts';
import { sqliteLocks } from './locks.ts';
import { readOptions } from './options.ts';
import { sqliteResults } from './results/results.ts';
import { sqliteRevocations } from './revocations.ts';
import { sqliteSchedules } from './schedules.ts';
import { type Session, Sessions } from './session.ts';

/**
 * Every role on one file: `sqlite:///relative/path.db`, `sqlite:////absolute/path.db`, or `sqlite://` for
 * `.lovage/lovage.db`. Options, in the query or as transport options: `synchronous` (normal or full),
 * `polling_interval` (seconds).
 */
export const driver: DriverFactory = { schemes: ['sqlite'], create };

function create(
  url: string,
  options: DriverOptions,
): DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks' | 'revocations'> {
  const database = new Database(pathFromUrl(url), readOptions(url, options));
  const sessions = new Sessions(database);
  const made: Pick<Driver, 'close'>[] = [];
  const once = <Role extends Pick<Driver, 'close'>>(make: (session: Session) => Role): (() => Role) => {
    let role: Role | undefined;
    return () => {
      if (role) return role;
      role = make(sessions.begin());
      made.push(role);
      return role;
    };
  };

  return {
    name: 'sqlite',
    label: maskUrl(url),
    open: () => database.open(),
    ping: () => database.read(() => void database.statement('select name from queues limit 1').get()),
    broker: once(sqliteBroker),
    results: once(sqliteResults),
    bus: once(sqliteBus),
    schedules: once(sqliteSchedules),
    locks: once(sqliteLocks),
    revocations: once(sqliteRevocations),
    async close() {
      await Promise.allSettled(made.map((role) => role.close()));
      await database.close();
    },
  };
}
