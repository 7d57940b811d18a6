import type { DriverFactory, DriverOptions, DriverWith } from '@lovage/contracts';
import { maskUrl, Roles } from '@lovage/contracts/kit';
import {
  type Configured,
  postgresLocks,
  postgresRevocations,
  postgresSchedules,
  readOptions,
  repeatable,
  type Session,
  Sessions,
} from '@lovage/postgres/kit';
import { entriesTable, migrateEntries } from './beat/own-table.ts';
import { djangoSchedules } from './beat/schedules.ts';
import { BeatTables } from './beat/tables.ts';
import { djangoTables } from './django/tables.ts';
import { DJANGO_SCHEMES, SQLALCHEMY_SCHEMES, toLocation } from './location.ts';
import { PythonDatabase } from './python-database.ts';
import { pythonResults } from './results.ts';
import { sqlalchemyTables } from './sqlalchemy/tables.ts';

const PING = repeatable('python ping', 'select 1');
/** As often as Celery's own clients look: a worker in Python tells nobody that it has kept a result. */
const POLL_MS = 500;

type PythonDriver = DriverWith<'results' | 'schedules' | 'locks' | 'revocations'>;

/**
 * Results in tables that Python owns, in PostgreSQL: `django-db+postgresql://user:password@host/database` for those of
 * django-celery-results, `db+postgresql://…` for those of Celery's own database backend. Of the first also periodic
 * entries, in the tables of django-celery-beat. Options are those of `@lovage/postgres`; `schema` is where the tables
 * are that only Lovage has, which count chords.
 */
export const driver: DriverFactory = { schemes: [...DJANGO_SCHEMES, ...SQLALCHEMY_SCHEMES], create };

function create(url: string, given: DriverOptions): PythonDriver {
  const label = maskUrl(url);
  const location = toLocation(url);
  const configured = readOptions(location.url, given);
  const options = { ...configured.options, pollMs: configured.options.pollMs ?? POLL_MS };
  const settled = { ...configured, options };
  return location.kind === 'django'
    ? djangoDriver(settled, label, given)
    : sqlalchemyDriver(settled, label, given);
}

function sqlalchemyDriver(
  configured: Configured,
  label: string,
  { resultTtlMs }: DriverOptions,
): PythonDriver {
  const database = new PythonDatabase(configured, label);
  const tables = sqlalchemyTables();
  const roles = rolesOf(database);
  return {
    name: 'celery-sql',
    ...common(database, roles),
    open: () => database.find(tables),
    results: roles.once((session) => pythonResults(session, database, tables, resultTtlMs)),
    schedules: roles.once((session) => postgresSchedules(database.withOurTables(session))),
  };
}

/** Two apps of Django keep what is here, and a project may have one of them alone. */
function djangoDriver(configured: Configured, label: string, { resultTtlMs }: DriverOptions): PythonDriver {
  const database = new PythonDatabase(configured, label, { migrate: migrateEntries });
  const beatTables = new BeatTables();
  const roles = rolesOf(database);
  const results = roles.once((session) => pythonResults(session, database, djangoTables, resultTtlMs));
  const schedules = roles.once((session) => {
    const found = database.withTables(session, beatTables);
    return djangoSchedules(database.withTables(database.withOurTables(found), entriesTable), beatTables);
  });
  const taken = { results: false, schedules: false };
  return {
    name: 'django',
    ...common(database, roles),
    open: () => database.find(taken.schedules && !taken.results ? beatTables : djangoTables),
    results() {
      taken.results = true;
      return results();
    },
    schedules() {
      taken.schedules = true;
      return schedules();
    },
  };
}

function rolesOf(database: PythonDatabase): Roles<Session> {
  const sessions = new Sessions(database);
  return new Roles(() => sessions.begin());
}

/** What is the same whatever the tables. */
function common(database: PythonDatabase, roles: Roles<Session>) {
  return {
    label: database.label,
    migrate: () => database.migrate(),
    async ping() {
      await database.run(PING);
    },
    locks: roles.once((session) => postgresLocks(database.withOurTables(session))),
    revocations: roles.once((session) => postgresRevocations(database.withOurTables(session))),
    async close() {
      await roles.close();
      await database.close();
    },
  };
}
