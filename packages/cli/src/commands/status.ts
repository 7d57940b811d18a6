import { Command } from 'commander';
import { addRemoteOptions, type RemoteOptions } from '../control/options.ts';

export function statusCommand(): Command {
  const command = new Command('status').description('Show the workers that are online.');
  return addRemoteOptions(command).action(async (_: unknown, self: Command) => {
    const { runStatus } = await import('../control/status.ts');
    await runStatus(self.optsWithGlobals<RemoteOptions>());
  });
}
