/** A command that workers obey: what the command line must know to send it. */
export interface RemoteCommand {
  readonly name: string;
  readonly about: string;
  /** In the order of the command line. */
  readonly args: readonly RemoteArgument[];
  /** Takes all words that are left, under one name. */
  readonly rest?: RestArgument;
  /** Seconds to wait for answers, where the user does not say. Default 1. */
  readonly timeout?: number;
}

export interface RemoteArgument {
  /** As workers call it. */
  readonly name: string;
  readonly type: ArgumentType;
  /** Left out of the request when it is not given. All after it are optional too. */
  readonly optional?: boolean;
  /** Shown instead of the name. */
  readonly label?: string;
}

export interface RestArgument {
  readonly name: string;
  readonly type: 'text' | 'stamp';
  readonly optional?: boolean;
  readonly label?: string;
}

export type ArgumentType =
  | 'text'
  | 'whole'
  | 'count'
  | 'seconds'
  | 'rate'
  | 'signal'
  | 'number'
  | 'yes-no'
  | 'json'
  | 'stamp';

/** How to write it: `rate_limit <task_name> <rate>`. */
export function usageOf({ name, args, rest }: RemoteCommand): string {
  const words = args.map((each) => bracketed(each.label ?? each.name, each.optional));
  if (rest) words.push(bracketed(`${rest.label ?? rest.name}…`, rest.optional));
  return [name, ...words].join(' ');
}

const bracketed = (word: string, optional = false): string => (optional ? `[${word}]` : `<${word}>`);
