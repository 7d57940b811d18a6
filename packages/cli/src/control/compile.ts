import { constants } from 'node:os';
import { UsageError } from '../exit.ts';
import { counted } from '../output/texts.ts';
import { type ArgumentType, type RemoteCommand, usageOf } from './remote-command.ts';

/**
 * The words after a command's name, as the arguments of its request.
 * @throws UsageError when one is missing, is one too many, or is not what it should be
 */
export function compileArguments(
  command: RemoteCommand,
  words: readonly string[],
): Readonly<Record<string, unknown>> {
  const { args, rest } = command;
  const needed = args.filter((each) => !each.optional).length + (rest && !rest.optional ? 1 : 0);
  const most = rest ? Number.POSITIVE_INFINITY : args.length;
  if (words.length < needed || words.length > most) {
    const takes = words.length < needed ? `needs ${counted(needed, 'argument')}` : atMost(most);
    throw fault(command, `'${command.name}' ${takes}; ${words.length} given.`);
  }
  const read = (word: string, type: ArgumentType, label: string): unknown => {
    const value = READERS[type](word);
    if (value !== undefined) return value;
    throw fault(command, `Invalid value '${word}' for ${label}: it must be ${WANTED[type]}.`);
  };
  const compiled: Record<string, unknown> = {};
  for (const [at, word] of words.slice(0, args.length).entries()) {
    const { name, type, label = name } = args[at]!;
    compiled[name] = read(word, type, label);
  }
  if (rest) {
    const { name, type, label = name } = rest;
    compiled[name] = words.slice(args.length).map((word) => read(word, type, label));
  }
  return compiled;
}

function atMost(count: number): string {
  return count === 0 ? 'takes no arguments' : `takes ${counted(count, 'argument')} at most`;
}

function fault(command: RemoteCommand, what: string): UsageError {
  return new UsageError(`${what}\nIts usage: ${usageOf(command)}`);
}

/** Undefined for what cannot be read. */
const READERS: Readonly<Record<ArgumentType, (word: string) => unknown>> = {
  text: (word) => word || undefined,
  whole: (word) => (/^\d{1,9}$/.test(word) ? Number(word) : undefined),
  // None is not zero of them: Celery's pool takes `pool_shrink 0` for 1.
  count: (word) => (/^[1-9]\d{0,5}$/.test(word) ? Number(word) : undefined),
  seconds: (word) => (/^\d+(\.\d+)?$/.test(word) ? Number(word) : undefined),
  number: (word) => (/^-?\d+(\.\d+)?$/.test(word) ? Number(word) : undefined),
  rate: (word) => (/^\d+(\.\d+)?(\/[smh])?$/.test(word) ? word : undefined),
  signal: signalName,
  'yes-no': (word) => YES_NO.get(word.toLowerCase()),
  json: readJson,
  stamp: (word) => (/^[^=]+=/.test(word) ? word : undefined),
};

const WANTED: Readonly<Record<ArgumentType, string>> = {
  text: 'a text',
  whole: 'a whole number',
  count: 'a whole number from 1',
  seconds: 'a number of seconds',
  number: 'a number',
  rate: 'a number of tasks a second, minute or hour, such as 10/s, 5/m or 100/h',
  signal: 'the name of a signal, such as SIGTERM or KILL',
  'yes-no': 'yes or no',
  json: 'JSON',
  stamp: 'a stamp and its value, such as tenant=acme',
};

const YES_NO: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'true', 'on', '1', 'y', 't'].map((word) => [word, true] as const),
  ...['no', 'false', 'off', '0', 'n', 'f'].map((word) => [word, false] as const),
]);

/** `term` and `SIGTERM` as SIGTERM. */
function signalName(word: string): string | undefined {
  const upper = word.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  return name in constants.signals ? name : undefined;
}

function readJson(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return undefined;
  }
}
