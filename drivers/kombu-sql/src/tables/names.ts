import { DriverError } from '@lovage/contracts';

/** Names of kombu's tables, where Celery's transport options change them. */
export interface Names {
  readonly queue: string;
  readonly message: string;
}

export const TABLE_OPTIONS = ['queue_tablename', 'message_tablename'] as const;

/** As SQLAlchemy writes them without quotes; with room for what stands around it in the names of ours. */
const NAME = /^[a-z_][a-z0-9_]{0,39}$/;

/** @throws DriverError 'refused' */
export function readNames(settings: ReadonlyMap<string, unknown>): Names {
  const read = (option: (typeof TABLE_OPTIONS)[number], otherwise: string): string => {
    const value = settings.get(option);
    if (value === undefined) return otherwise;
    if (typeof value === 'string' && NAME.test(value)) return value;
    throw new DriverError(
      'refused',
      `${option} is ${String(value)}: it must be up to 40 small letters, digits and underscores, and not begin with a digit`,
    );
  };
  const names = {
    queue: read('queue_tablename', 'kombu_queue'),
    message: read('message_tablename', 'kombu_message'),
  };
  if (names.queue === names.message) {
    throw new DriverError('refused', `queue_tablename and message_tablename are both ${names.queue}`);
  }
  return names;
}

/**
 * Statements are written for the usual names; this puts in the others. Our tables are called after kombu's, so that
 * two sets in one schema do not meet. Of kombu's own indexes two are called after the table, as SQLAlchemy does.
 */
export function renamer({ queue, message }: Names): (text: string) => string {
  if (queue === 'kombu_queue' && message === 'kombu_message') return (text) => text;
  return (text) =>
    text
      .replace(/\bkombu_queue\b/g, queue)
      .replace(/\bkombu_message\b/g, message)
      .replace(/\blovage_kombu_message_(\w+)/g, `lovage_${message}_$1`)
      .replace(/\bix_kombu_message_(visible|timestamp)\b/g, `ix_${message}_$1`);
}
