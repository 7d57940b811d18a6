import { DriverError } from '@lovage/contracts';
import { maskUrl } from '@lovage/contracts/kit';

/** `django-db://` alone is Celery's name for it; what kind of database it is Django's settings say there. */
export const DJANGO_SCHEMES = ['django-db', 'django-db+postgresql', 'django-db+postgres'] as const;
/** As SQLAlchemy names them: with or without the library that Python would connect by. */
export const SQLALCHEMY_SCHEMES = [
  'db+postgresql',
  'db+postgresql+psycopg2',
  'db+postgresql+psycopg',
  'db+postgresql+pg8000',
] as const;

export interface Location {
  readonly kind: 'django' | 'sqlalchemy';
  /** `postgresql://…`. */
  readonly url: string;
}

/** Which tables a URL means, and where they are. Throws DriverError 'refused' for one that names no database. */
export function toLocation(url: string): Location {
  const [, scheme = '', rest = ''] = /^([^:]*):\/\/(.*)$/s.exec(url) ?? [];
  const isDjango = scheme.toLowerCase().startsWith('django-db');
  if (rest === '' || rest.startsWith('?')) {
    const example = isDjango ? 'django-db+postgresql' : 'db+postgresql';
    throw new DriverError(
      'refused',
      `${maskUrl(url)} names no database: write it as ${example}://user:password@host:5432/database`,
    );
  }
  return { kind: isDjango ? 'django' : 'sqlalchemy', url: `postgresql://${rest}` };
}
