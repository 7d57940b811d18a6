import { glob, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ImproperlyConfigured } from '../errors.ts';

/** Celery looks for modules called `tasks`; so do we. */
export const DEFAULT_PATTERNS: readonly string[] = ['**/tasks.{ts,js,mts,mjs}'];

const IGNORED = /(^|[\\/])(node_modules|\.git)([\\/]|$)/;

/**
 * The files that these patterns mean, sorted: files, globs of files, or folders, in which `tasks` modules are looked for.
 * @throws ImproperlyConfigured for a pattern without wildcards that names nothing
 */
export async function findTaskFiles(patterns: readonly string[], cwd: string): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    const path = resolve(cwd, pattern);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) files.add(path);
    else if (found?.isDirectory()) await addMatches(files, DEFAULT_PATTERNS, path);
    else if (/[*?{[]/.test(pattern)) await addMatches(files, [pattern], cwd);
    else throw new ImproperlyConfigured(`autodiscoverTasks: there is no file or folder ${path}`);
  }
  return [...files].sort();
}

async function addMatches(files: Set<string>, patterns: readonly string[], cwd: string): Promise<void> {
  for (const pattern of patterns) {
    for await (const match of glob(pattern, { cwd, exclude: (name) => IGNORED.test(name) })) {
      if (!IGNORED.test(match) && !match.endsWith('.d.ts')) files.add(resolve(cwd, match));
    }
  }
}

/** Imports a module by path, `file:` URL or package name, as seen from `cwd`. */
export async function importModule(name: string, cwd: string): Promise<Record<string, unknown>> {
  if (name.startsWith('file:')) return import(name);
  const path = resolve(cwd, name);
  if (
    await stat(path).then(
      (found) => found.isFile(),
      () => false,
    )
  )
    return import(pathToFileURL(path).href);
  const require = createRequire(pathToFileURL(`${cwd}/`));
  try {
    return await import(pathToFileURL(require.resolve(name)).href);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw error;
    throw new ImproperlyConfigured(`cannot import ${name}: it is neither a file (${path}) nor a package`, {
      cause: error,
    });
  }
}
