import type { DriverFactory, DriverOptions, DriverWith } from '@lovage/contracts';
import { maskUrl, Roles } from '@lovage/contracts/kit';
import { sqliteBroker } from './broker/broker.ts';
import { sqliteBus } from './bus.ts';
import { Database } from './database.ts';
import { pathFromUrl } from './location.ts';
import { sqliteLocks } from './locks.ts';
import { readOptions } from './options.ts';
import { sqliteResults } from './results/results.ts';
import { sqliteRevocations } from './revocations.ts';
import { sqliteSchedules } from './schedules.ts';
import { Sessions } from './session.ts';

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
  const roles = new Roles(() => sessions.begin());

  return {
    name: 'sqlite',
    label: maskUrl(url),
    open: () => database.open(),
    ping: () => database.read(() => void database.statement('select name from queues limit 1').get()),
    broker: roles.once(sqliteBroker),
    results: roles.once(sqliteResults),
    bus: roles.once(sqliteBus),
    schedules: roles.once(sqliteSchedules),
    locks: roles.once(sqliteLocks),
    revocations: roles.once(sqliteRevocations),
    async close() {
      await roles.close();
      await database.close();
    },
  };
}
