import type { App, ControlCommand } from '@lovage/app';
import { nearest } from '@lovage/contracts/kit';
import { UsageError } from '../exit.ts';
import { INSPECT_COMMANDS } from '../inspect/commands.ts';
import { CONTROL_COMMANDS } from './commands.ts';
import type { ArgumentType, RemoteCommand } from './remote-command.ts';

export type Kind = 'inspect' | 'control';

const BUILT_IN = { inspect: INSPECT_COMMANDS, control: CONTROL_COMMANDS } as const;

/** One of Celery's; undefined for any other name. */
export function builtIn(kind: Kind, name: string): RemoteCommand | undefined {
  return BUILT_IN[kind].find((each) => each.name === name);
}

/** Celery's, and those that the app defines. */
export function knownCommands(kind: Kind, own: Iterable<ControlCommand<App>>): readonly RemoteCommand[] {
  const ours = [...own].filter((each) => each.kind === kind).map(fromApp);
  return [...BUILT_IN[kind], ...ours].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What to say of a name that is none of them. */
export function unknownCommand(kind: Kind, name: string, known: readonly RemoteCommand[]): UsageError {
  const other = kind === 'inspect' ? 'control' : 'inspect';
  if (builtIn(other, name)) return new UsageError(`'${name}' is a command of lovage ${other}.`);
  const near = nearest(
    name,
    known.map((each) => each.name),
  );
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return new UsageError(
    [
      `No such ${kind} command '${name}'.${hint}`,
      `See lovage ${kind} --list. A command that only the workers know is sent with --arguments '{}'.`,
    ].join('\n'),
  );
}

/** A command of the app's own. What it needs is for its function to say. */
function fromApp({ name, help, args = [], variadic, timeout }: ControlCommand<App>): RemoteCommand {
  return {
    name,
    about: help ?? 'defined by the app',
    args: args.map((each) => ({ name: each.name, type: TYPES[each.type ?? 'text'], optional: true })),
    ...(variadic !== undefined && { rest: { name: variadic, type: 'text', optional: true } }),
    ...(timeout !== undefined && { timeout }),
  };
}

const TYPES: Readonly<Record<'text' | 'number' | 'boolean', ArgumentType>> = {
  text: 'text',
  number: 'number',
  boolean: 'yes-no',
};
