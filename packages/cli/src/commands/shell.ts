import { Command } from 'commander';
import type { ShellOptions } from '../shell/run.ts';

const HELP = `
What is there: app (also as celery), tasks (by full name), each task under the last part of its name,
AsyncResult and the rest of the library (all of it in lovage), and require, which takes ES modules too.
Code may await at the top level.

Examples:
  lovage shell -A ./tasks.ts
  lovage shell -A ./tasks.ts -e 'await (await add.delay(2, 3)).get()'`;

export function shellCommand(): Command {
  return new Command('shell')
    .description('Write JavaScript with the app and its tasks at hand.')
    .optionsGroup('Shell Options:')
    .option('-e, --eval <code>', 'run this, print what it comes to, and end; so too what is piped in')
    .option('-T, --without-tasks', 'tasks in `tasks` only, not under their short names')
    .addHelpText('after', HELP)
    .action(async (_: unknown, self: Command) => {
      const { runShell } = await import('../shell/run.ts');
      await runShell(self.optsWithGlobals<ShellOptions>());
    });
}
