/** A room of the house, and what may be imported there besides what is beside it. */
export interface Room {
  /** Path prefix of its files. `*` stands for one folder name. */
  readonly folder: string;
  /** Public names: of our packages, of libraries, of Node's modules (`node:*` for all of these). */
  readonly may: readonly string[];
  /** Public names that only `await import()` may name, so that they load when used. */
  readonly mayLoad?: readonly string[];
  /** Folders outside its own package that relative paths may reach. */
  readonly reaches?: readonly string[];
  /** Relative paths may reach all of its own package: its tests look inside. */
  readonly reachesOwnPackage?: boolean;
  /** Any library that its package.json, or the one of the whole repository, declares. */
  readonly anyLibrary?: boolean;
}

const STORES = [
  '@lovage/memory',
  '@lovage/sqlite',
  '@lovage/redis',
  '@lovage/postgres',
  '@lovage/amqp',
  '@lovage/kombu-sql',
  '@lovage/django',
];
const PACKAGES = [
  '@lovage/contracts',
  '@lovage/protocol',
  '@lovage/app',
  '@lovage/worker',
  '@lovage/beat',
  '@lovage/monitor',
  '@lovage/cli',
  'lovage',
  '@lovage/kysely',
  '@lovage/outbox',
  '@lovage/mail',
  '@lovage/backup',
  ...STORES,
];
const PUBLIC = [
  ...PACKAGES,
  '@lovage/contracts/kit',
  '@lovage/contracts/conformance',
  '@lovage/postgres/kit',
  '@lovage/sqlite/kit',
  '@lovage/backup/cli',
];
const OUTSIDE = { may: ['node:*', ...PUBLIC], anyLibrary: true } as const;

/** First match wins. Contracts, protocol, app, worker, command line: each stands on those before it. */
export const ROOMS: readonly Room[] = [
  { folder: 'packages/contracts/src/', may: [] },
  { folder: 'packages/contracts/kit/', may: [], reaches: ['packages/contracts/src/'] },
  {
    folder: 'packages/contracts/conformance/',
    may: ['node:*'],
    reaches: ['packages/contracts/src/'],
  },
  {
    // Pure: no sockets, no files, no clock.
    folder: 'packages/protocol/src/',
    may: [
      '@lovage/contracts',
      'node:buffer',
      'node:crypto',
      'node:module',
      'node:util',
      'node:util/types',
      'node:zlib',
    ],
    mayLoad: ['yaml', 'seek-bzip'],
  },
  {
    folder: 'packages/app/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', 'pino', 'node:*'],
    // Drivers are found by the scheme of a URL.
    mayLoad: STORES,
  },
  {
    folder: 'packages/worker/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', '@lovage/app', 'node:*'],
    // For patterns that come over the wire; for /metrics.
    mayLoad: ['re2js', 'prom-client'],
  },
  {
    // Pure: no sockets, no files, no clock. The libraries are loaded when a zone or the sun is asked for.
    folder: 'packages/beat/src/schedules/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', 'node:module'],
    mayLoad: ['temporal-polyfill', 'astronomy-engine'],
  },
  {
    folder: 'packages/beat/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', '@lovage/app', 'node:*'],
    // For /metrics.
    mayLoad: ['prom-client'],
    reaches: ['packages/beat/src/schedules/'],
  },
  // Pure: a reducer of events.
  { folder: 'packages/monitor/src/', may: ['@lovage/contracts', '@lovage/protocol'] },
  {
    folder: 'packages/cli/src/',
    may: [
      '@lovage/contracts',
      '@lovage/contracts/kit',
      '@lovage/protocol',
      '@lovage/app',
      '@lovage/worker',
      '@lovage/beat',
      '@lovage/monitor',
      'commander',
      'shell-quote',
      'string-width',
      'node:*',
    ],
    mayLoad: STORES,
  },
  {
    folder: 'packages/lovage/src/',
    may: [
      '@lovage/contracts',
      '@lovage/protocol',
      '@lovage/app',
      '@lovage/worker',
      '@lovage/beat',
      '@lovage/monitor',
      '@lovage/cli',
      'node:*',
    ],
    mayLoad: ['@lovage/memory', '@lovage/sqlite'],
  },
  { folder: 'drivers/memory/src/', may: ['@lovage/contracts', '@lovage/contracts/kit'] },
  {
    folder: 'drivers/sqlite/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', 'node:*'],
  },
  {
    folder: 'drivers/redis/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', '@redis/client', 'node:*'],
  },
  {
    folder: 'drivers/amqp/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', 'amqplib', 'node:*'],
  },
  {
    folder: 'drivers/postgres/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', 'pg', 'node:*'],
  },
  {
    // On PostgreSQL as @lovage/postgres reaches it, through a door of its own.
    folder: 'drivers/kombu-sql/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', '@lovage/postgres/kit', 'node:*'],
  },
  {
    // Tables of others in PostgreSQL, on the same connections.
    folder: 'drivers/django/src/',
    may: ['@lovage/contracts', '@lovage/contracts/kit', '@lovage/protocol', '@lovage/postgres/kit'],
  },
  {
    // For applications: their own database, not the queue's.
    folder: 'packages/kysely/src/',
    may: ['@lovage/sqlite/kit', 'kysely', 'kysely/migration', 'pg', 'node:*'],
  },
  {
    folder: 'packages/outbox/src/',
    may: ['@lovage/kysely', 'kysely', 'kysely/migration', 'ipaddr.js', 'standardwebhooks', 'node:*'],
  },
  {
    folder: 'packages/mail/src/',
    may: ['@lovage/app', '@lovage/kysely', 'kysely', 'nodemailer', 'liquidjs', 'html-to-text', 'node:*'],
  },
  {
    folder: 'packages/backup/src/',
    may: ['@lovage/kysely', '@lovage/sqlite/kit', 'kysely', 'commander', 'node:*'],
  },
  { folder: 'packages/lovage/bin/', may: ['@lovage/cli', 'node:*'], mayLoad: ['@lovage/cli'] },
  { folder: 'packages/backup/bin/', may: ['@lovage/backup/cli', 'node:*'], mayLoad: ['@lovage/backup/cli'] },
  { folder: 'packages/*/test/', ...OUTSIDE, reaches: ['tools/'], reachesOwnPackage: true },
  { folder: 'drivers/*/test/', ...OUTSIDE, reaches: ['tools/'], reachesOwnPackage: true },
  { folder: 'apps/*/', ...OUTSIDE, reaches: ['tools/'] },
  { folder: 'interop/', ...OUTSIDE, reaches: ['tools/'] },
  { folder: 'bench/', ...OUTSIDE, reaches: ['tools/'] },
  { folder: 'tests/', ...OUTSIDE, reaches: ['tools/'] },
  { folder: 'tools/', ...OUTSIDE },
];

/** Names that may be imported at all; anything deeper goes past a package's door. */
export const PUBLIC_NAMES: ReadonlySet<string> = new Set(PUBLIC);

export const MAX_LINES = 300;

/** Longer on purpose: lists of cases. */
export const MAY_BE_LONG: readonly string[] = ['packages/contracts/conformance/'];

export function roomOf(file: string): Room | undefined {
  return ROOMS.find(({ folder }) => new RegExp(`^${folder.replaceAll('*', '[^/]+')}`).test(file));
}
