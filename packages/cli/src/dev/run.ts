import { existsSync } from 'node:fs';
import { UsageError } from '../exit.ts';
import { enterFolder } from '../find-app.ts';
import type { Globals } from '../globals.ts';
import { readCommand } from './command-line.ts';
import type { Variables } from './environment.ts';
import { environmentOf } from './environment.ts';
import type { Formation } from './formation.ts';
import { plan } from './formation.ts';
import { readProcfile } from './procfile.ts';
import type { Member } from './supervise.ts';
import { supervise } from './supervise.ts';

export interface DevFlags extends Globals {
  readonly procfile?: string;
  readonly envFile?: string;
  readonly formation?: Formation;
  readonly port?: number;
  readonly grace: number;
}

/** As foreman, where neither the command line nor the environment says. */
const BASE_PORT = 5000;

/** `lovage dev`: what a Procfile says, or a worker with beat in it. Ends when one of them has, or when asked. */
export async function runDev(names: readonly string[], flags: DevFlags): Promise<void> {
  if (flags.workdir !== undefined) enterFolder(flags.workdir);
  const env = environmentOf(flags.envFile, flags, process.env);
  const file = flags.procfile ?? (existsSync('Procfile') ? 'Procfile' : undefined);
  const members =
    file === undefined ? [workerWithBeat(names, flags, env)] : membersOf(file, names, flags, env);
  process.exitCode = await supervise(members, { env, grace: flags.grace, quiet: flags.quiet ?? false });
}

function membersOf(
  file: string,
  names: readonly string[],
  flags: DevFlags,
  env: Variables,
): readonly Member[] {
  if (flags.config !== undefined) {
    throw new UsageError(`--config is for one command: give it in ${file} to those that need it.`);
  }
  const basePort = flags.port ?? Number(env['PORT'] ?? BASE_PORT);
  if (!Number.isInteger(basePort)) throw new UsageError(`PORT must be a whole number, not ${env['PORT']}.`);
  return plan(readProcfile(file), names, flags.formation ?? {}, basePort).map((planned) => {
    const PORT = String(planned.port);
    const command = readCommand(planned, { ...env, PORT });
    return {
      label: planned.label,
      written: planned.command,
      argv: ownProgram(command.argv),
      env: { PORT, ...command.env },
    };
  });
}

function workerWithBeat(names: readonly string[], flags: DevFlags, env: Variables): Member {
  if (names.length > 0 || flags.formation) {
    throw new UsageError(`There is no Procfile here that would say what ${names.join(', ') || 'they'} are.`);
  }
  if (!env['LOVAGE_APP'] && !env['CELERY_APP']) {
    throw new UsageError(
      'There is no Procfile here: write one (`web: node server.js`), or name an app with -A for a worker with beat in it.',
    );
  }
  const config = flags.config === undefined ? [] : ['--config', flags.config];
  const argv = ['lovage', 'worker', '-B', '-l', 'info', ...config] as const;
  return { label: 'worker', written: argv.join(' '), argv: ownProgram([...argv]), env: {} };
}

/** `lovage` is this very program, wherever that is installed. */
function ownProgram([file, ...rest]: Member['argv']): Member['argv'] {
  if (file !== 'lovage' || process.argv[1] === undefined) return [file, ...rest];
  return [process.execPath, ...process.execArgv, process.argv[1], ...rest];
}
