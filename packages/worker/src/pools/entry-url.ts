import { resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The URL of a pool's entry module, from a URL or a path of a file. */
export function entryUrl(entry: URL | string): string {
  if (entry instanceof URL) return entry.href;
  return entry.startsWith('file:') ? entry : pathToFileURL(resolvePath(entry)).href;
}
