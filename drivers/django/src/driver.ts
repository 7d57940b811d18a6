import type { DriverFactory, DriverOptions, DriverWith } from '@lovage/contracts';
import { maskUrl, Roles } from '@lovage/contracts/kit';
import {
  type Configured,
  postgresLocks,
  postgresRevocations,
  postgresSchedules,
  readOptions,
  repeatable,
  Sessions,
} from '@lovage/postgres/kit';
import { migrateEntries } from './beat/own-table.ts';
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
  const tables = sqlalchemyTables();
  const { database, roles, close } = rolesOf(new PythonDatabase(configured, label, tables));
  return {
    name: 'celery-sql',
    label,
    open: () => database.open(),
    migrate: () => database.migrate(),
    ping: () => ping(database),
    results: roles.once((session) => pythonResults(session, database, tables, resultTtlMs)),
    schedules: roles.once((session) => postgresSchedules(database.withOurTables(session))),
    locks: roles.once((session) => postgresLocks(database.withOurTables(session))),
    revocations: roles.once((session) => postgresRevocations(database.withOurTables(session))),
    close,
  };
}

/**
 * Two apps of Django keep what is here, and a project may have one of them alone: results need the tables of one,
 * periodic entries, and the leases of who ticks them, those of the other.
 */
function djangoDriver(configured: Configured, label: string, { resultTtlMs }: DriverOptions): PythonDriver {
  const { database, roles, close } = rolesOf(new PythonDatabase(configured, label, djangoTables));
  const tables = new BeatTables();
  const beat = rolesOf(new PythonDatabase(configured, label, tables, { migrate: migrateEntries }));
  const results = roles.once((session) => pythonResults(session, database, djangoTables, resultTtlMs));
  const schedules = beat.roles.once((session) =>
    djangoSchedules(beat.database.withOurTables(session), tables),
  );
  /** Who has asked for periodic entries and not for results may have no tables for those. */
  let opened = database;
  let resultsTaken = false;
  return {
    name: 'django',
    label,
    open: () => opened.open(),
    migrate: () => beat.database.migrate(),
    ping: () => ping(opened),
    results() {
      opened = database;
      resultsTaken = true;
      return results();
    },
    schedules() {
      if (!resultsTaken) opened = beat.database;
      return schedules();
    },
    locks: beat.roles.once((session) => postgresLocks(beat.database.withOurTables(session))),
    revocations: roles.once((session) => postgresRevocations(database.withOurTables(session))),
    async close() {
      await Promise.all([close(), beat.close()]);
    },
  };
}

function rolesOf(database: PythonDatabase) {
  const sessions = new Sessions(database);
  const roles = new Roles(() => sessions.begin());
  return {
    database,
    roles,
    async close() {
      await roles.close();
      await database.close();
    },
  };
}

async function ping(database: PythonDatabase): Promise<void> {
  await database.run(PING);
}
