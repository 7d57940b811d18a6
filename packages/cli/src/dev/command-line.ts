import { globSync } from 'node:fs';
import type { ParseEntry } from 'shell-quote';
import { parse } from 'shell-quote';
import { UsageError } from '../exit.ts';
import type { Declared } from './procfile.ts';

/** What is started, without a shell in between. */
export interface CommandLine {
  readonly argv: readonly [string, ...string[]];
  /** Variables that stand before the command: `LOG=debug node server.js`. */
  readonly env: Readonly<Record<string, string>>;
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;
/** `$NAME` and `${NAME}` are known; a default, a substring or a command in their place is not. */
const UNKNOWN_SUBSTITUTION = /\$\{(?!\w+\})[^}]*\}|\$\(|`/;

/**
 * The words of a command as a shell would make them: quotes, `$NAME`, `*.ts`. What only a shell can do is refused, for
 * processes are started by their words. A variable stays one word, whatever is in it.
 * @throws UsageError naming the process, and how to have a shell
 */
export function readCommand(
  { name, command }: Declared,
  variables: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const fault = (what: string) => new UsageError(`${name}: ${what} in \`${command}\`.`);
  const inShell = "start a shell for that, as in `sh -c '…'`";
  const bare = command.replace(/\\.|'[^']*'/g, '');
  const unknown = UNKNOWN_SUBSTITUTION.exec(bare)?.[0];
  if (unknown !== undefined)
    throw fault(`there is no shell here to make something of ${unknown}; ${inShell},`);
  if (hasOpenQuote(command)) throw fault('a quote is not closed');

  const words = parse(command, (variable: string) => {
    const value = variables[variable];
    if (value === undefined)
      throw fault(`$${variable} is set neither in the environment nor in the .env file,`);
    return value;
  }).flatMap((entry) => wordsOf(entry, (what) => fault(`there is no shell here for ${what}; ${inShell},`)));

  const env: Record<string, string> = {};
  for (let match = ASSIGNMENT.exec(words[0] ?? ''); match; match = ASSIGNMENT.exec(words[0] ?? '')) {
    env[match[1]!] = match[2]!;
    words.shift();
  }
  // Nothing stands between us and the process that it could replace.
  if (words[0] === 'exec') words.shift();
  const [first, ...rest] = words;
  if (first === undefined || first === '') throw fault('there is no command');
  return { argv: [first, ...rest], env };
}

function wordsOf(entry: ParseEntry, refuse: (what: string) => UsageError): string[] {
  if (typeof entry === 'string') return [entry];
  if ('comment' in entry) return [];
  if (entry.op !== 'glob') throw refuse(entry.op);
  const found = globSync(entry.pattern).sort();
  return found.length > 0 ? found : [entry.pattern];
}

/** The library takes the end of the text for the missing quote. */
const hasOpenQuote = (command: string): boolean =>
  /['"]/.test(command.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?<=^|\s)#.*$/gs, ''));
