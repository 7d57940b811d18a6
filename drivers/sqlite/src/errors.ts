import { DriverError } from '@lovage/contracts';

/** SQLite's primary result codes that we tell apart (https://sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const TOOBIG = 18;
const NOTADB = 26;
/** Extended: the file was moved or deleted while it was open. */
const READONLY_DBMOVED = 1032;

/** Another connection holds the file for a moment; the same call may succeed soon. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED || code === PROTOCOL;
}

/** What SQLite or the file system threw, as a DriverError that says what to do about `path`. */
export function explain(error: unknown, path: string): DriverError {
  if (error instanceof DriverError) return error;
  const options = { cause: error };
  const told = error instanceof Error ? error.message : String(error);
  switch (primaryCode(error)) {
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return new DriverError('unavailable', `${path} is locked by another process: ${told}`, options);
    case READONLY:
      return extendedCode(error) === READONLY_DBMOVED
        ? new DriverError(
            'unavailable',
            `${path} was moved or deleted while open: restart this process`,
            options,
          )
        : new DriverError(
            'refused',
            `cannot write to ${path}: make the file and its directory writable by this user`,
            options,
          );
    case IOERR:
      return new DriverError(
        'unavailable',
        `reading or writing ${path} failed (${told}): check the disk`,
        options,
      );
    case FULL:
      return new DriverError('unavailable', `the disk that holds ${path} is full: free some space`, options);
    case CANTOPEN:
      return new DriverError(
        'refused',
        `cannot open ${path}: its directory must exist and be writable by this user`,
        options,
      );
    case NOTADB:
      return new DriverError(
        'refused',
        `${path} is not an SQLite database: name another file in the URL`,
        options,
      );
    case CORRUPT:
      return new DriverError(
        'corrupt',
        `${path} is damaged (${told}): restore it, or remove it with its -wal and -shm files`,
        options,
      );
    case TOOBIG:
      return new DriverError(
        'refused',
        `a message or result is larger than SQLite stores in one row: ${told}`,
        options,
      );
  }
  switch (systemCode(error)) {
    case 'ENOSPC':
      return new DriverError('unavailable', `the disk that holds ${path} is full: free some space`, options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DriverError(
        'refused',
        `cannot write to ${path}: make the file and its directory writable by this user`,
        options,
      );
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
      return new DriverError(
        'refused',
        `cannot create ${path}: a file stands where a directory should be, or the reverse`,
        options,
      );
  }
  return new DriverError('unavailable', `${path}: ${told}`, options);
}

function extendedCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code : undefined;
}

function primaryCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function systemCode(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
