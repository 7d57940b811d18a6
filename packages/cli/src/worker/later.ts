import type { Command } from 'commander';
import { Option } from 'commander';
import { UsageError } from '../exit.ts';

/** Options of Celery's worker that this version cannot honour, and what to do instead. */
const LATER: readonly (readonly [flags: string, instead: string])[] = [
  ['-E, --task-events', 'it sends no events yet'],
  ['--events', 'it sends no events yet'],
  ['--heartbeat-interval <seconds>', 'it sends no heartbeats yet'],
  ['--autoscale <max,min>', 'the size of its pool is fixed: give --concurrency'],
  ['--max-memory-per-child <kib>', 'give --max-tasks-per-child'],
  ['-S, --statedb <path>', 'it keeps no list of revoked tasks between runs yet'],
  ['-B, --beat', 'periodic tasks come with a later version'],
  ['-s, --schedule <path>', 'periodic tasks come with a later version'],
  ['--scheduler <name>', 'periodic tasks come with a later version'],
  ['--disable-prefetch', 'give --prefetch-multiplier 1'],
  ['-f, --logfile <path>', 'it logs to standard error: redirect that'],
  ['-D, --detach', 'let systemd, a container or `nohup … &` keep it running'],
  ['--uid <user>', 'start it as that user'],
  ['--gid <group>', 'start it in that group'],
  ['--umask <mask>', 'set it in the shell that starts it'],
  ['--executable <path>', 'start it with the node that it shall run on'],
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
