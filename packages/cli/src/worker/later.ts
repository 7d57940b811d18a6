import type { Command } from 'commander';
import { Option } from 'commander';
import { UsageError } from '../exit.ts';

/** Options of Celery's worker that this version cannot honour, and what to do instead. */
const LATER: readonly (readonly [flags: string, instead: string])[] = [
  ['-B, --beat', 'periodic tasks come with a later version'],
  ['-s, --schedule <path>', 'periodic tasks come with a later version'],
  ['--scheduler <name>', 'periodic tasks come with a later version'],
];

/** Refuse each of them by name: an option that is taken and ignored would be a lie. */
export function refuseLater(command: Command): void {
  for (const [flags, instead] of LATER) {
    const option = new Option(flags).hideHelp();
    command.addOption(option);
    command.on(`option:${option.name()}`, () => {
      throw new UsageError(`lovage worker does not have ${option.long} in this version: ${instead}.`);
    });
  }
}
