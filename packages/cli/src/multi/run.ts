import { poolPath } from '../daemon/node-paths.ts';
import { EXIT, UsageError } from '../exit.ts';
import { paint } from '../output/paint.ts';
import { version } from '../version.ts';
import { killAll, restartAll, startAll, stopAll, type Voice } from './cluster.ts';
import { type Node, readNodes } from './nodes.ts';
import { commandOf } from './processes.ts';
import { type MultiLine, readLine } from './read-line.ts';
import { shellWords } from './shell-words.ts';

/** The nodes of one command line, and how to speak of them. */
interface Cluster {
  readonly nodes: readonly Node[];
  readonly signal: NodeJS.Signals;
  readonly voice: Voice;
}

interface Verb {
  /** Says what program this is, first. */
  readonly splash?: boolean;
  /** `-KILL` names a signal, not an option. */
  readonly takesSignal?: boolean;
  /** The word before the nodes. */
  readonly takes?: 'template' | 'node';
  /** Answers an exit code, where that may be another than 0. */
  readonly run: (cluster: Cluster, word: string) => Promise<number> | number | Promise<void> | void;
}

const stopwait: Verb = {
  splash: true,
  takesSignal: true,
  run: ({ nodes, signal, voice }) => stopAll(nodes, signal, true, voice),
};

const VERBS: Readonly<Record<string, Verb>> = {
  start: { splash: true, run: async ({ nodes, voice }) => failedIf(await startAll(nodes, voice)) },
  stop: {
    splash: true,
    takesSignal: true,
    run: ({ nodes, signal, voice }) => stopAll(nodes, signal, false, voice),
  },
  stopwait,
  stop_verify: stopwait,
  restart: {
    splash: true,
    takesSignal: true,
    run: async ({ nodes, signal, voice }) => failedIf(await restartAll(nodes, signal, voice)),
  },
  kill: { splash: true, run: ({ nodes, voice }) => killAll(nodes, voice) },
  names: { run: ({ nodes }) => print(nodes.map(({ name }) => name)) },
  show: { run: ({ nodes }) => print(nodes.map((node) => shellWords(commandOf(node)))) },
  expand: {
    takes: 'template',
    run: ({ nodes }, word) => print(nodes.map(({ name }) => poolPath(word, name))),
  },
  get: {
    takes: 'node',
    run({ nodes }, word) {
      const node = nodes.find(({ name }) => name === word);
      if (node) print([shellWords(node.argv)]);
      return failedIf(node ? 0 : 1);
    },
  },
};

/** `lovage multi <argv>`. Answers the exit code: 1 when a node did not start, or `get` knows none of that name. */
export async function runMulti(argv: readonly string[]): Promise<number> {
  const [name = '', ...args] = argv;
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb) {
    const all = [...Object.keys(VERBS), 'help'].join(', ');
    throw new UsageError(
      name === '' ? `Say what to do: ${all}.` : `Invalid command: ${name}. It must be one of ${all}.`,
    );
  }
  const word = verb.takes === undefined ? '' : args.shift();
  if (word === undefined || (word.startsWith('-') && verb.takes)) {
    throw new UsageError(`${name} needs a ${verb.takes}, then the nodes.`);
  }
  const line = readLine(args, verb.takesSignal ?? false);
  const voice = voiceOf(line);
  const nodes = readNodes(line);
  if (verb.splash && !line.own.has('nosplash')) voice.note(paint('cyan', `lovage multi v${version()}`));
  return (await verb.run({ nodes, signal: line.signal ?? 'SIGTERM', voice }, word)) ?? EXIT.ok;
}

function voiceOf({ flags, own }: MultiLine): Voice {
  const quiet = flags.some(({ flag }) => flag.name === 'quiet');
  return { note: (line) => quiet || console.log(line), verbose: own.has('verbose') };
}

const failedIf = (count: number): number => (count === 0 ? EXIT.ok : EXIT.failed);

const print = (lines: readonly string[]): void => console.log(lines.join('\n'));
