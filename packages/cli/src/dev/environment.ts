import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { UsageError } from '../exit.ts';
import { given } from '../given.ts';
import type { Globals } from '../globals.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What the processes are told: the `.env` file, over it the environment, over both what the command line says of the app.
 * @param file Undefined: `.env`, where there is one
 * @throws UsageError when the file that was named cannot be read
 */
export function environmentOf(file: string | undefined, globals: Globals, inherited: Variables): Variables {
  const said = given({
    LOVAGE_APP: globals.app,
    CELERY_BROKER_URL: globals.broker,
    CELERY_RESULT_BACKEND: globals.resultBackend,
  });
  return {
    ...readEnvFile(file),
    // Python keeps what it prints to a pipe until there is much of it.
    PYTHONUNBUFFERED: '1',
    // Their output goes through us to a terminal.
    ...(process.stdout.isTTY && !inherited['NO_COLOR'] ? { FORCE_COLOR: '1' } : {}),
    ...inherited,
    ...said,
    PATH: [...binFolders(process.cwd()), inherited['PATH'] ?? ''].join(delimiter),
  };
}

function readEnvFile(file: string | undefined): Variables {
  const path = file ?? '.env';
  if (file === undefined && !existsSync(path)) return {};
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`Cannot read the file of variables: ${(error as Error).message}`);
  }
}

/** Where the commands of installed packages are, as `npm run` finds them. */
function binFolders(folder: string): string[] {
  const bin = join(folder, 'node_modules', '.bin');
  const above = dirname(resolve(folder));
  return [bin, ...(above === folder ? [] : binFolders(above))];
}
