import { Command, Option } from 'commander';
import { UsageError } from '../exit.ts';
import type { UpgradeOptions } from '../upgrade/run.ts';

export function upgradeCommand(): Command {
  const command = new Command('upgrade').description('Take over what was written for Celery.');
  const settings = command
    .command('settings')
    .description(
      'Make TypeScript settings from a Python file of settings, of Celery 3 or later, or of Django.',
    )
    .argument('<file>', 'celeryconfig.py, settings.py; it is read, not run, and left as it is')
    .option('-o, --output <file>', 'write there instead of to standard output')
    .option('--force', 'write over a file that is there')
    .option('--json', 'print a JSON object: the settings, and what became of each')
    .action(async (file: string, _: unknown, self: Command) => {
      const { upgradeSettings } = await import('../upgrade/run.ts');
      await upgradeSettings(file, self.optsWithGlobals<UpgradeOptions>());
    });
  for (const flag of ['--django', '--compat', '--no-backup']) {
    settings.addOption(new Option(flag).hideHelp());
    settings.on(`option:${flag.slice(2)}`, () => {
      throw new UsageError(
        `${flag} is for rewriting Python: lovage writes TypeScript, and leaves the file as it is.`,
      );
    });
  }
  return command;
}
