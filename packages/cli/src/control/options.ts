import type { Command } from 'commander';
import { jsonObject, list, seconds } from '../arguments.ts';
import type { Globals } from '../globals.ts';

/** Options of all commands that ask workers. */
export interface RemoteOptions extends Globals {
  readonly timeout?: number;
  readonly destination?: readonly string[];
  readonly pattern?: string;
  readonly json?: boolean;
}

/** Of those that name a command: `lovage inspect`, `lovage control`. */
export interface CommandLine extends RemoteOptions {
  readonly list?: boolean;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly yes?: boolean;
  readonly force?: boolean;
}

export function addRemoteOptions(command: Command): Command {
  return command
    .optionsGroup('Remote Control Options:')
    .option('-t, --timeout <seconds>', 'wait so long for answers (default: 1)', seconds)
    .option('-d, --destination <nodes>', 'names of nodes, separated by commas, instead of all', list)
    .option('--pattern <glob>', "only nodes whose name matches, such as 'mail-*'")
    .option('-j, --json', 'print one JSON document');
}

export function addCommandOptions(command: Command): Command {
  return addRemoteOptions(command)
    .option(
      '--arguments <json>',
      'arguments of a command that only the workers know, a JSON object',
      jsonObject,
    )
    .option('--list', 'list the commands');
}
