import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { App } from './app.ts';
import type { SettingsInput } from './config/settings.ts';
import { ImproperlyConfigured } from './errors.ts';
import { importModule } from './task/discover.ts';

/** Files that stand for a folder, as `celery -A proj` finds `proj/celery.py`. */
const FILES = ['celery.ts', 'celery.js', 'app.ts', 'app.js', 'index.ts', 'index.js'];
const EXTENSIONS = ['', '.ts', '.js', '.mts', '.mjs'];

/**
 * The app that a module exports, with the modules it imports and the settings of a command line over its own.
 * @param module A path with or without extension, a folder, a `file:` URL or a package; `path:name` picks one export.
 * @throws ImproperlyConfigured when there is no such module, or it exports no app or several
 */
export async function loadApp(
  module: string,
  overrides: Readonly<Record<string, unknown>> = {},
  cwd = process.cwd(),
): Promise<App> {
  const { path, exported } = splitExport(module);
  const names = await importModule(await findModule(path, cwd), cwd);
  const app = pickApp(names, module, exported);
  if (Object.keys(overrides).length > 0) app.overrideSettings(overrides as SettingsInput);
  await app.importModules();
  return app;
}

function splitExport(module: string): { readonly path: string; readonly exported: string | undefined } {
  const match = /^(.+[^/\\]):([A-Za-z_$][\w$]*)$/.exec(module);
  return match && match[1] !== 'file'
    ? { path: match[1]!, exported: match[2] }
    : { path: module, exported: undefined };
}

async function findModule(path: string, cwd: string): Promise<string> {
  if (path.startsWith('file:')) return path;
  const base = resolve(cwd, path);
  const candidates = [
    ...EXTENSIONS.map((extension) => base + extension),
    ...FILES.map((file) => resolve(base, file)),
  ];
  for (const candidate of candidates) {
    if (
      await stat(candidate).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return candidate;
  }
  return path;
}

function pickApp(names: Record<string, unknown>, module: string, exported: string | undefined): App {
  if (exported !== undefined) {
    const app = names[exported];
    if (app instanceof App) return app;
    throw new ImproperlyConfigured(
      `${module}: the export ${exported} is no app; exported are ${listed(names)}`,
    );
  }
  const apps = Object.entries(names).filter((entry): entry is [string, App] => entry[1] instanceof App);
  const preferred =
    apps.find(([name]) => name === 'app') ?? apps.find(([name]) => name === 'default') ?? apps[0];
  const different = new Set(apps.map(([, app]) => app));
  if (preferred && (different.size === 1 || preferred[0] === 'app')) return preferred[1];
  throw new ImproperlyConfigured(
    preferred
      ? `${module} exports several apps (${apps.map(([name]) => name).join(', ')}): pick one, as in ${module}:${preferred[0]}`
      : `${module} exports no app; exported are ${listed(names)}`,
  );
}

const listed = (names: Record<string, unknown>): string => Object.keys(names).join(', ') || 'no names at all';
