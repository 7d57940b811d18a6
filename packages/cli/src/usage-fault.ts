import type { Command, CommanderError } from 'commander';
import type { UsageError } from './exit.ts';
import { paintError } from './output/paint.ts';

/** Commands of Celery that this version has not. */
const CELERY_COMMANDS = new Set(['amqp']);

/** A wrong command line, in the form of Celery's: how to use the command, then what is wrong. */
export function faultOf(
  error: CommanderError | UsageError,
  argv: readonly string[],
  program: Command,
): string {
  const command = commandOf(argv, program);
  const path = pathOf(command);
  const usage = `Usage: ${path} ${command.usage()}\nTry '${path} --help' for help.`;
  return `${usage}\n\n${paintError('red', 'Error')}: ${sentence(error)}`;
}

function sentence(error: CommanderError | UsageError): string {
  if (!('code' in error)) return error.message;
  const unknown = /^error: unknown command '(.*)'/.exec(error.message)?.[1];
  if (unknown !== undefined && CELERY_COMMANDS.has(unknown)) {
    return `'${unknown}' is a command of Celery that this version of lovage has not.`;
  }
  const text = error.message
    .replace(/^error: /, '')
    .replace(/^unknown command '(.*)'/, "No such command '$1'.");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The deepest command that the words of the command line name. */
function commandOf(argv: readonly string[], program: Command): Command {
  let command = program;
  for (const word of argv) {
    command =
      command.commands.find((each) => each.name() === word || each.aliases().includes(word)) ?? command;
  }
  return command;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
