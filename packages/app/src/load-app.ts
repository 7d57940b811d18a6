import { App } from './app.ts';
import type { SettingsInput } from './config/settings.ts';
import { ImproperlyConfigured } from './errors.ts';
import { findModule } from './module-file.ts';

/** Which export is the app where several are: Celery's order, then ES modules' own. */
const PREFERRED = ['app', 'celery', 'default'];

/**
 * The app that a module exports, with the modules it imports and the settings of a command line over its own.
 * @param module As `findModule` reads it: a path, `proj.tasks`, a folder, a `file:` URL or a package; `path:name` picks one export.
 * @throws ImproperlyConfigured when there is no such module, or it exports no app or several
 */
export async function loadApp(
  module: string,
  overrides: Readonly<Record<string, unknown>> = {},
  cwd = process.cwd(),
): Promise<App> {
  const found = findModule(module, cwd);
  if (!found) {
    throw new ImproperlyConfigured(
      `cannot import ${module}: seen from ${cwd} it is neither a file nor a folder nor a package`,
    );
  }
  const names = (await import(found.url)) as Record<string, unknown>;
  const app = found.exported === undefined ? pickApp(names, module) : namedApp(names, module, found.exported);
  if (Object.keys(overrides).length > 0) app.overrideSettings(overrides as SettingsInput);
  await app.importModules();
  return app;
}

function namedApp(names: Record<string, unknown>, module: string, exported: string): App {
  const app = names[exported];
  if (app instanceof App) return app;
  refuseForeign({ [exported]: app }, module);
  throw new ImproperlyConfigured(
    `${module}: the export ${exported} is no app; exported are ${listed(names)}`,
  );
}

function pickApp(names: Record<string, unknown>, module: string): App {
  for (const name of PREFERRED) if (names[name] instanceof App) return names[name];
  const apps = Object.entries(names).filter((entry): entry is [string, App] => entry[1] instanceof App);
  const [first] = apps;
  if (first && apps.every(([, app]) => app === first[1])) return first[1];
  refuseForeign(names, module);
  throw new ImproperlyConfigured(
    first
      ? `${module} exports several apps (${apps.map(([name]) => name).join(', ')}): pick one, as in ${module}:${first[0]}`
      : `${module} exports no app; exported are ${listed(names)}`,
  );
}

/** Two copies of this package in one process share nothing: an app of the other one is unknown to this one's worker. */
function refuseForeign(names: Record<string, unknown>, module: string): void {
  const foreign = Object.entries(names).find(([, value]) => looksLikeApp(value));
  if (!foreign) return;
  throw new ImproperlyConfigured(
    `${module}: the export ${foreign[0]} is an app of another copy of @lovage/app than the one that runs here ` +
      `(${import.meta.dirname}): \`npm ls @lovage/app\` shows both; install one version`,
  );
}

function looksLikeApp(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof App) return false;
  const { importModules, overrideSettings, sendTask } = value as Partial<App>;
  return [importModules, overrideSettings, sendTask].every((method) => typeof method === 'function');
}

const listed = (names: Record<string, unknown>): string => Object.keys(names).join(', ') || 'no names at all';
