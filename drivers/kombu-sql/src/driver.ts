import type { DriverFactory, DriverOptions, DriverWith } from '@lovage/contracts';
import { maskUrl } from '@lovage/contracts/kit';
import { brokerOver, driverOver } from '@lovage/postgres/kit';
import { kombuCourier } from './broker/courier.ts';
import { KombuQueues } from './broker/queues.ts';
import { kombuTables, polling } from './broker/tables.ts';
import { readKombuOptions, SCHEMES } from './options.ts';
import { migrateKombu } from './tables/migrate.ts';
import { renamer } from './tables/names.ts';

/**
 * The broker of kombu's SQLAlchemy transport on PostgreSQL: `sqla+postgresql://user:password@host:5432/database`. Its
 * queues are shared with Python's Celery. Every other role is that of `postgresql://` on the same database. Transport
 * options: Celery's `queue_tablename` and `message_tablename`, and those of `postgresql://`.
 */
export const driver: DriverFactory = { schemes: SCHEMES, create };

function create(
  url: string,
  options: DriverOptions,
): DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks' | 'revocations'> {
  const { configured, names } = readKombuOptions(url, options);
  return driverOver(
    'kombu-sql',
    maskUrl(url),
    configured,
    {
      broker(session) {
        const database = polling(session);
        return brokerOver(database, kombuTables(database));
      },
      courier: (session) => kombuCourier(session, new KombuQueues(session)),
    },
    {
      rename: renamer(names),
      migrate: (database) => migrateKombu(database, names),
    },
  );
}
