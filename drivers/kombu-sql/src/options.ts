import { DriverError, type DriverOptions } from '@lovage/contracts';
import { maskUrl, schemeOf } from '@lovage/contracts/kit';
import { type Configured, readOptions } from '@lovage/postgres/kit';
import { type Names, readNames, TABLE_OPTIONS } from './tables/names.ts';

/** kombu's two names of its transport, and SQLAlchemy's name of the engine, with or without a driver of Python's. */
export const SCHEMES: readonly string[] = ['sqla', 'sqlalchemy'].flatMap((transport) =>
  ['', '+psycopg2', '+psycopg', '+pg8000'].map((client) => `${transport}+postgresql${client}`),
);

/** @throws DriverError 'refused' for an engine that is not PostgreSQL, or an option that is unknown or cannot be used */
export function readKombuOptions(
  url: string,
  given: DriverOptions,
): { readonly configured: Configured; readonly names: Names } {
  const scheme = schemeOf(url);
  if (scheme === undefined || !SCHEMES.includes(scheme)) {
    throw new DriverError(
      'refused',
      `cannot use the URL '${maskUrl(url)}': of the engines of kombu's SQLAlchemy transport PostgreSQL is supported ` +
        'alone (sqla+postgresql://user:password@host:5432/database)',
    );
  }
  const plain = `postgresql${url.trim().slice(scheme.length)}`;
  const { settings, ...configured } = readOptions(plain, given, TABLE_OPTIONS);
  return { configured, names: readNames(settings) };
}
