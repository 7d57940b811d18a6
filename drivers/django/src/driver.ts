import type { DriverFactory, DriverOptions, DriverWith } from '@lovage/contracts';
import { maskUrl, Roles } from '@lovage/contracts/kit';
import {
  postgresLocks,
  postgresRevocations,
  postgresSchedules,
  readOptions,
  repeatable,
  Sessions,
} from '@lovage/postgres/kit';
import { djangoTables } from './django/tables.ts';
import { DJANGO_SCHEMES, SQLALCHEMY_SCHEMES, toLocation } from './location.ts';
import { PythonDatabase } from './python-database.ts';
import { pythonResults } from './results.ts';
import { sqlalchemyTables } from './sqlalchemy/tables.ts';

const PING = repeatable('python ping', 'select 1');
/** As often as Celery's own clients look: a worker in Python tells nobody that it has kept a result. */
const POLL_MS = 500;

/**
 * Results in tables that Python owns, in PostgreSQL: `django-db+postgresql://user:password@host/database` for those of
 * django-celery-results, `db+postgresql://…` for those of Celery's own database backend. Options are those of
 * `@lovage/postgres`; `schema` is where the tables are that only Lovage has, which count chords.
 */
export const driver: DriverFactory = { schemes: [...DJANGO_SCHEMES, ...SQLALCHEMY_SCHEMES], create };

function create(
  url: string,
  given: DriverOptions,
): DriverWith<'results' | 'schedules' | 'locks' | 'revocations'> {
  const label = maskUrl(url);
  const location = toLocation(url);
  const configured = readOptions(location.url, given);
  const options = { ...configured.options, pollMs: configured.options.pollMs ?? POLL_MS };
  const tables = location.kind === 'django' ? djangoTables : sqlalchemyTables();
  const database = new PythonDatabase({ ...configured, options }, label, tables);
  const sessions = new Sessions(database);
  const roles = new Roles(() => sessions.begin());

  return {
    name: location.kind === 'django' ? 'django' : 'celery-sql',
    label,
    open: () => database.open(),
    migrate: () => database.migrate(),
    async ping() {
      await database.run(PING);
    },
    results: roles.once((session) => pythonResults(session, database, tables, given.resultTtlMs)),
    schedules: roles.once((session) => postgresSchedules(database.withOurTables(session))),
    locks: roles.once((session) => postgresLocks(database.withOurTables(session))),
    revocations: roles.once((session) => postgresRevocations(database.withOurTables(session))),
    async close() {
      await roles.close();
      await database.close();
    },
  };
}
