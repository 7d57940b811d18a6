import type { FoundModule } from '@lovage/app';
import { App, findModule, ImproperlyConfigured, loadApp, snakeCase } from '@lovage/app';
import { UsageError } from './exit.ts';
import { given } from './given.ts';
import type { Globals } from './globals.ts';

/** The app that a command works with. */
export interface FoundApp {
  readonly app: App;
  /** Undefined for the app that stands in where none was named. */
  readonly module: FoundModule | undefined;
  /** Settings of the command line, which the children of a worker need too. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

/**
 * Load the app that `-A`, LOVAGE_APP or CELERY_APP names, with the settings of the command line over its own.
 * Where none is named, an app of no tasks stands in, on the broker that `-b` or the environment names.
 *
 * @throws UsageError when the module is not there, breaks, or exports no app
 */
export async function findApp(
  globals: Globals,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<FoundApp> {
  if (globals.workdir !== undefined) enterFolder(globals.workdir);
  const overrides = {
    ...(globals.config === undefined ? {} : await settingsOf(globals.config)),
    ...given({ brokerUrl: globals.broker, resultBackend: globals.resultBackend }),
    ...settings,
  };
  const name = globals.app ?? process.env['LOVAGE_APP'] ?? process.env['CELERY_APP'] ?? '';
  if (name === '') return { app: await standIn(overrides), module: undefined, overrides };
  const module = findModule(name, process.cwd());
  if (!module) throw unloadable('-A', '--app', `The module ${name} was not found.`);
  try {
    return { app: await loadApp(module.address, overrides), module, overrides };
  } catch (error) {
    // Settings of the command line may be the ones that are wrong; the sentence says which.
    if (error instanceof ImproperlyConfigured) throw unloadable('-A', '--app', error.message);
    throw unloadable('-A', '--app', broken(name, error));
  }
}

async function standIn(overrides: Readonly<Record<string, unknown>>): Promise<App> {
  const app = new App('default').overrideSettings(overrides);
  await app.importModules();
  return app;
}

/** What `--workdir` asks for. */
export function enterFolder(folder: string): void {
  try {
    process.chdir(folder);
  } catch (error) {
    throw new UsageError(`Invalid value for '--workdir': ${(error as Error).message}`);
  }
}

/** The settings that a module exports, by default or by name, in any of Celery's spellings since version 4. */
async function settingsOf(name: string): Promise<Record<string, unknown>> {
  const module = findModule(name, process.cwd());
  if (!module) throw new UsageError(`Invalid value for '--config': the module ${name} was not found.`);
  try {
    const exported = (await import(module.url)) as Record<string, unknown>;
    const { default: settings = exported } = exported;
    const plain = Object.entries(settings as object).map(([key, value]) => [plainName(key), value]);
    // The children of a prefork worker get a copy.
    return structuredClone(Object.fromEntries(plain)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`Invalid value for '--config': ${broken(name, error)}`);
  }
}

/** `CELERY_TASK_ACKS_LATE` as `task_acks_late`; other names as they are. */
function plainName(key: string): string {
  return key.startsWith('CELERY_') ? key.slice('CELERY_'.length).toLowerCase() : snakeCase(key);
}

/** Celery's words, which people look for. */
function unloadable(short: string, long: string, reason: string): UsageError {
  return new UsageError(
    `Invalid value for '${short}' / '${long}':\nUnable to load celery application.\n${reason}`,
  );
}

function broken(name: string, error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `While trying to load the module ${name} the following error occurred:\n${detail}`;
}
