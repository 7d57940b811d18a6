import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A module as it was named on a command line or in a setting, found. */
export interface FoundModule {
  /** Absolute path. */
  readonly file: string;
  /** For `import()`. */
  readonly url: string;
  /** The export that was asked for, if one was. */
  readonly exported: string | undefined;
  /** The file, with the export that was asked for: `/srv/shop/tasks.ts:app`. Found again from any folder. */
  readonly address: string;
}

const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.cts', '.cjs'];
/** What a folder is taken for when it is named instead of a file, as `celery -A proj` finds `proj/celery.py`. */
const OF_FOLDERS = ['lovage', 'celery', 'app', 'tasks', 'index'];

/**
 * The file that `name` means, looked for from `folder`: a path with or without its ending, `proj.tasks` as Python
 * writes it, a folder, a `file:` URL, a package; each optionally with `:name` of an export.
 *
 * @returns undefined when there is none
 */
export function findModule(name: string, folder: string): FoundModule | undefined {
  const whole = fileOf(name, folder);
  if (whole !== undefined) return found(whole, undefined);
  const [, path, exported] = /^(.+):([A-Za-z_$][\w$]*)$/.exec(name) ?? [];
  const file = path === undefined ? undefined : fileOf(path, folder);
  return file === undefined ? undefined : found(file, exported);
}

function found(file: string, exported: string | undefined): FoundModule {
  const address = exported === undefined ? file : `${file}:${exported}`;
  return { file, url: pathToFileURL(file).href, exported, address };
}

function fileOf(name: string, folder: string): string | undefined {
  const path = pathOf(name, folder);
  const dotted = /^[\w-]+(\.[\w-]+)*$/.test(name) ? resolve(folder, name.replaceAll('.', '/')) : path;
  return atPath(path) ?? atPath(dotted) ?? packageFile(name, folder);
}

function pathOf(name: string, folder: string): string {
  if (!name.startsWith('file://')) return resolve(folder, name);
  try {
    return fileURLToPath(name);
  } catch {
    // Of another machine, or no path at all: nothing is there under its plain text.
    return resolve(folder, name);
  }
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

/** A package that is installed where the program runs. */
function packageFile(name: string, folder: string): string | undefined {
  try {
    const file = createRequire(join(folder, 'noop.js')).resolve(name);
    return isAbsolute(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
