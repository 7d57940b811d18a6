import { Command } from 'commander';
import { listText } from '../control/list-text.ts';
import { addCommandOptions, type CommandLine } from '../control/options.ts';
import { INSPECT_COMMANDS } from '../inspect/commands.ts';

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('Ask workers what they do; changes nothing.')
    .argument('[command]', 'one of those that --list shows, or one of your own')
    .argument('[arguments...]', 'what the command takes')
    .addHelpText('after', () => `\n${listText(INSPECT_COMMANDS)}`);
  return addCommandOptions(command).action(
    async (name: string | undefined, words: readonly string[], _: unknown, self: Command) => {
      const { runRemote } = await import('../control/run.ts');
      const { showOf } = await import('../inspect/show.ts');
      const all = name === undefined ? [] : [name, ...words];
      await runRemote('inspect', all, self.optsWithGlobals<CommandLine>(), showOf);
    },
  );
}
