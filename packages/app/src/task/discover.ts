import { glob, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ImproperlyConfigured } from '../errors.ts';
import { findModule } from '../module-file.ts';

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

/**
 * Import a module of the settings `include` and `imports`, or a task file, as seen from `cwd`.
 * @throws ImproperlyConfigured when `findModule` finds none, or the name picks an export, and whatever the module throws
 */
export async function importModule(name: string, cwd: string): Promise<void> {
  const found = findModule(name, cwd);
  if (!found)
    throw new ImproperlyConfigured(
      `cannot import ${name}: it is neither a file (${resolve(cwd, name)}) nor a package`,
    );
  if (found.exported !== undefined)
    throw new ImproperlyConfigured(
      `cannot import ${name}: a whole module is imported, so name ${found.file} alone`,
    );
  await import(found.url);
}
