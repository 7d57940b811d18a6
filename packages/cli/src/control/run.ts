import type { App } from '@lovage/app';
import { UsageError } from '../exit.ts';
import { counted, printJson } from '../output/texts.ts';
import { withApp } from '../with-app.ts';
import { ask, type Request, requireReplies } from './ask.ts';
import { compileArguments } from './compile.ts';
import { builtIn, type Kind, knownCommands, unknownCommand } from './find-command.ts';
import { listText } from './list-text.ts';
import type { CommandLine } from './options.ts';
import { masked, valueLines } from './plain-value.ts';
import type { RemoteCommand } from './remote-command.ts';
import { answerText, type ShowValue } from './show-answer.ts';
import { shutdown } from './shutdown.ts';

/**
 * `lovage inspect` and `lovage control`: from the words of the command line to the answers of the workers.
 * @throws UsageError for words that make no command, before anything is sent
 */
export async function runRemote(
  kind: Kind,
  words: readonly string[],
  options: CommandLine,
  showOf: (command: string) => ShowValue,
): Promise<void> {
  const [name, ...rest] = words;
  if (name === undefined && !options.list)
    throw new UsageError(`Name a command; lovage ${kind} --list shows them.`);
  // What can be refused without the app is refused at once.
  const known = name === undefined || options.arguments ? undefined : builtIn(kind, name);
  if (known) compileArguments(known, rest);
  await withApp(options, async (app) => {
    const commands = knownCommands(kind, app.controlCommands.values());
    if (name === undefined || options.list) {
      if (options.json) printJson(commands.map((each) => each.name));
      else console.log(listText(commands));
      return;
    }
    const request = requestOf(kind, name, rest, options, commands);
    if (name === 'shutdown') await shutdown(app, options);
    else await send(app, kind, request, options, showOf(name));
  });
}

async function send(
  app: App,
  kind: Kind,
  request: Request,
  options: CommandLine,
  show: ShowValue,
): Promise<void> {
  const print = (node: string, answer: unknown): void =>
    console.log(answerText(node, answer, show, Date.now()));
  const replies = await ask(app, request, options, options.json ? undefined : print);
  requireReplies(replies, options);
  if (options.json) printJson(jsonOf(kind, [...replies]));
  else if (kind === 'inspect' && !options.quiet) console.log(`\n${counted(replies.size, 'node')} online.`);
}

/** Celery's shapes: the answers of inspect in one object, those of control in a list. */
export function jsonOf(kind: Kind, replies: readonly (readonly [node: string, answer: unknown])[]): unknown {
  const sorted = [...replies]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, answer]) => [node, masked(answer)] as const);
  return kind === 'inspect'
    ? Object.fromEntries(sorted)
    : sorted.map(([node, answer]) => ({ [node]: answer }));
}

function requestOf(
  kind: Kind,
  name: string,
  words: readonly string[],
  options: CommandLine,
  commands: readonly RemoteCommand[],
): Request {
  const command = commands.find((each) => each.name === name);
  if (options.arguments) {
    if (words.length > 0) throw new UsageError('Give arguments as words or with --arguments, not both.');
    return { method: name, arguments: options.arguments, timeout: command?.timeout };
  }
  if (!command) throw unknownCommand(kind, name, commands);
  return { method: name, arguments: compileArguments(command, words), timeout: command.timeout };
}

/** Commands of control answer with a sentence, or with what a user's own returns. */
export const showSentence = (): ShowValue => valueLines;
