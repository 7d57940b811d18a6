import type { Command } from 'commander';

/** Options that every command takes, before or after its name. */
export interface Globals {
  readonly app?: string;
  readonly broker?: string;
  readonly resultBackend?: string;
  readonly config?: string;
  readonly workdir?: string;
  readonly color: boolean;
  readonly quiet?: boolean;
}

export function addGlobals(program: Command): void {
  program
    .option(
      '-A, --app <module>',
      'module that makes the app: a path or a name; also from LOVAGE_APP, CELERY_APP',
    )
    .option('-b, --broker <url>', 'broker, instead of the one that the app names')
    .option('--result-backend <url>', 'result backend, instead of the one that the app names')
    .option('--config <module>', 'module whose settings override those of the app')
    .option('--workdir <folder>', 'folder to change to first')
    .option('-C, --no-color', 'no colours; so too under NO_COLOR, and where output is no terminal')
    .option('-q, --quiet', 'no banner');
}
