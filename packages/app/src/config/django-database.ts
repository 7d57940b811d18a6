import { maskUrl } from '@lovage/contracts/kit';
import { ImproperlyConfigured } from '../errors.ts';
import type { Settings } from './settings.ts';
import type { Environment } from './sources.ts';

const EXAMPLE = 'postgresql://user:password@host:5432/database';
/** As django-environ and dj-database-url name it. */
const POSTGRES = /^(?:postgres|postgresql|postgis|psql|pgsql):\/\//i;

/**
 * Celery's `django-db` takes its database from Django's settings, which are Python's. Here lovageDjangoDatabaseUrl says
 * where it is, or else DATABASE_URL, by which such projects mostly say so; the result backend becomes a URL.
 * @throws ImproperlyConfigured where neither does, or it is no PostgreSQL
 */
export function withDjangoDatabase(settings: Settings, environment: Environment): Settings {
  return withResults(withSchedules(settings, environment), environment);
}

/**
 * The same for rows of django-celery-beat, where no store of periodic tasks is named and results are not in Django's
 * database either. What is missing or wrong is said by beat, for a worker needs none of it.
 */
function withSchedules(settings: Settings, environment: Environment): Settings {
  const { beatScheduler, lovageBeatUrl, resultBackend, lovageDjangoDatabaseUrl } = settings;
  if (beatScheduler !== 'django' || lovageBeatUrl !== null || resultBackend?.startsWith('django-db')) {
    return settings;
  }
  const url = lovageDjangoDatabaseUrl ?? environment['DATABASE_URL'] ?? '';
  return POSTGRES.test(url) ? Object.freeze({ ...settings, lovageBeatUrl: urlOf(url) }) : settings;
}

function withResults(settings: Settings, environment: Environment): Settings {
  if (!/^django-db(:\/*)?$/.test(settings.resultBackend ?? '')) return settings;
  const own = settings.lovageDjangoDatabaseUrl;
  const url = own ?? environment['DATABASE_URL'];
  if (!url) {
    throw new ImproperlyConfigured(
      "resultBackend is django-db, whose database only Django's settings know: name it, " +
        `resultBackend: 'django-db+${EXAMPLE}', or give lovageDjangoDatabaseUrl, or DATABASE_URL in the environment`,
    );
  }
  if (!POSTGRES.test(url)) {
    throw new ImproperlyConfigured(
      `resultBackend is django-db, and ${own ? 'lovageDjangoDatabaseUrl' : 'DATABASE_URL'} is ${maskUrl(url)}: ` +
        `Lovage reads Django's tables in PostgreSQL only, at a URL such as ${EXAMPLE}`,
    );
  }
  return Object.freeze({ ...settings, resultBackend: urlOf(url) });
}

const urlOf = (postgres: string): string => `django-db+${postgres.replace(POSTGRES, 'postgresql://')}`;
