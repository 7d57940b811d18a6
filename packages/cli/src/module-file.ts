import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A module as it was named on the command line, found. */
export interface FoundModule {
  /** Absolute path. */
  readonly file: string;
  /** For `import()`. */
  readonly url: string;
  /** The file, with the export that was asked for: `/srv/shop/tasks.ts:app`. */
  readonly address: string;
}

const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.cts', '.cjs'];
/** What a folder is taken for when it is named instead of a file. */
const OF_FOLDERS = ['lovage', 'celery', 'app', 'tasks', 'index'];

/**
 * The file that `name` means, looked for from `folder`: a path with or without its ending, `proj.tasks` as Python
 * writes it, a folder, a package; each optionally with `:name` of an export.
 *
 * @returns undefined when there is none
 */
export function findModule(name: string, folder: string): FoundModule | undefined {
  const whole = fileOf(name, folder);
  if (whole !== undefined) return found(whole, '');
  const parts = /^(.+)(:[A-Za-z_$][\w$]*)$/.exec(name);
  const file = parts?.[1] === undefined ? undefined : fileOf(parts[1], folder);
  return file === undefined ? undefined : found(file, parts?.[2] ?? '');
}

function found(file: string, exportPart: string): FoundModule {
  return { file, url: pathToFileURL(file).href, address: file + exportPart };
}

function fileOf(name: string, folder: string): string | undefined {
  const path = resolve(folder, name);
  const dotted = /^[\w-]+(\.[\w-]+)*$/.test(name) ? resolve(folder, name.replaceAll('.', '/')) : path;
  return atPath(path) ?? atPath(dotted) ?? packageFile(name, folder);
}

function atPath(path: string): string | undefined {
  for (const ending of ENDINGS) if (isFile(path + ending)) return path + ending;
  for (const inside of OF_FOLDERS) {
    for (const ending of ENDINGS.slice(1)) {
      const file = join(path, inside + ending);
      if (isFile(file)) return file;
    }
  }
  return undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A package that is installed where the command runs. */
function packageFile(name: string, folder: string): string | undefined {
  try {
    const file = createRequire(join(folder, 'noop.js')).resolve(name);
    return isAbsolute(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
