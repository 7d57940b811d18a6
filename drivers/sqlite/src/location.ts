import { resolve } from 'node:path';
import { DriverError } from '@lovage/contracts';

/** Where `sqlite://` alone keeps its file. */
const DEFAULT_PATH = '.lovage/lovage.db';
const FORMS =
  'write sqlite:///relative/path.db, sqlite:////absolute/path.db, or sqlite:// for .lovage/lovage.db';

/** The absolute path that a sqlite URL names. Throws DriverError 'refused' where it names none. */
export function pathFromUrl(url: string): string {
  const rest = url.replace(/^sqlite:/, '').replace(/[?#].*$/, '');
  if (rest === '' || rest === '//' || rest === '///') return resolve(DEFAULT_PATH);
  if (!rest.startsWith('///')) {
    throw new DriverError('refused', `${url} names a host, and SQLite has none: ${FORMS}`);
  }
  const path = decode(rest.slice('///'.length), url);
  if (path === ':memory:') {
    throw new DriverError('refused', `${url} could not be shared between processes: use memory:// instead`);
  }
  if (path.endsWith('/') || path.includes('\0')) {
    throw new DriverError('refused', `${url} names no file: ${FORMS}`);
  }
  return resolve(path);
}

function decode(path: string, url: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new DriverError('refused', `${url} has a % that begins no escape: write %25 for a percent sign`);
  }
}
