import { Command, Option } from 'commander';
import { CONTROL_COMMANDS } from '../control/commands.ts';
import { listText } from '../control/list-text.ts';
import { addCommandOptions, type CommandLine } from '../control/options.ts';

export function controlCommand(): Command {
  const command = new Command('control')
    .description('Have workers do something.')
    .argument('[command]', 'one of those that --list shows, or one of your own')
    .argument('[arguments...]', 'what the command takes')
    .addHelpText('after', () => `\n${listText(CONTROL_COMMANDS)}`);
  return addCommandOptions(command)
    .option('-y, --yes', 'do not ask before a shutdown; asked is only on a terminal')
    .addOption(new Option('-f, --force', 'the same, as in `lovage purge`').hideHelp())
    .action(async (name: string | undefined, words: readonly string[], _: unknown, self: Command) => {
      const { runRemote, showSentence } = await import('../control/run.ts');
      const all = name === undefined ? [] : [name, ...words];
      await runRemote('control', all, self.optsWithGlobals<CommandLine>(), showSentence);
    });
}
