import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { workerName } from '@lovage/protocol';
import { nodePath, poolPath } from '../daemon/node-paths.ts';
import { UsageError } from '../exit.ts';
import { defaultFolders } from './folders.ts';
import type { GivenFlag, MultiLine } from './read-line.ts';

/** One worker that multi looks after. */
export interface Node {
  /** `w1@host`. */
  readonly name: string;
  /** Arguments of `lovage` that start it. */
  readonly argv: readonly string[];
  readonly pidfile: string;
  /** That of the worker itself; `%I` is nothing there. */
  readonly logfile: string;
}

/** Values with a meaning of their own for `%`. */
const LITERAL = new Set(['broker', 'result-backend']);

/**
 * The nodes that a command line names: each by its name, or so many of them (`10`), which are then called celery1 to
 * celery10. Options for some of them (`-c:w1 3`, `-Q:1-3 images`) win over those for all.
 * @throws UsageError when it names none, one twice, or gives an option to a node that is not there
 */
export function readNodes(line: MultiLine): readonly Node[] {
  const short = shortNames(line);
  const host = line.own.get('suffix') || line.own.get('hostname') || hostname();
  const names = short.map((name) => workerName(name.includes('@') ? name : `${name}@${host}`, hostname()));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new UsageError(`The node ${twice} is named twice.`);

  const shared = line.flags.filter(({ nodes }) => nodes === undefined);
  const own = names.map((): GivenFlag[] => []);
  for (const given of line.flags) {
    if (given.nodes === undefined) continue;
    for (const at of indexesOf(given.nodes, short, names)) own[at]!.push(given);
  }
  return names.map((name, at) => makeNode(name, shared, own[at]!, line.rest));
}

function shortNames({ words, own }: MultiLine): readonly string[] {
  if (words.length === 0) throw new UsageError('Name the nodes, or say how many there are to be.');
  const prefix = own.get('prefix') ?? '';
  if (words.length > 1 || !/^\d+$/.test(words[0]!)) {
    return words.map((name) => (name.includes('@') ? name : prefix + name));
  }
  const count = Number(words[0]);
  if (count < 1 || count > 1000) throw new UsageError(`It must be 1 to 1000 nodes, not ${count}.`);
  const rangePrefix = own.get('range-prefix') || 'celery';
  return Array.from({ length: count }, (_, at) => `${rangePrefix}${at + 1}`);
}

/** `w1`, `w1@host`, `2`, `1-3`, and any of these separated by commas; numbers count the nodes of the command line from 1. */
function indexesOf(selector: string, short: readonly string[], full: readonly string[]): readonly number[] {
  return selector.split(',').flatMap((part) => {
    const named = Math.max(short.indexOf(part), full.indexOf(part));
    if (named >= 0) return [named];
    const range = /^(\d+)(?:-(\d+))?$/.exec(part);
    const from = Number(range?.[1]);
    const to = Number(range?.[2] ?? from);
    if (!range || from < 1 || to > full.length || from > to) {
      throw new UsageError(`There is no node ${part}: they are ${full.join(', ')}.`);
    }
    return Array.from({ length: to - from + 1 }, (_, at) => from - 1 + at);
  });
}

function makeNode(
  name: string,
  shared: readonly GivenFlag[],
  own: readonly GivenFlag[],
  rest: readonly string[],
): Node {
  const overridden = new Set(own.map(({ flag }) => flag.name));
  const given = [...shared.filter(({ flag }) => !overridden.has(flag.name)), ...own];
  const value = (flag: string): string | undefined =>
    given.findLast((each) => each.flag.name === flag)?.value;
  const folders = defaultFolders();
  const pidfile = value('pidfile') ?? `${folders.run}/%n.pid`;
  const logfile = value('logfile') ?? `${folders.log}/%n%I.log`;
  // What the worker itself will make of them.
  const place = (template: string): string => resolve(value('workdir') ?? '.', nodePath(template, name));

  const passed = given.filter(({ flag }) => flag.name !== 'pidfile' && flag.name !== 'logfile');
  return {
    name,
    argv: [
      'worker',
      '--detach',
      `--hostname=${name}`,
      `--pidfile=${poolPath(pidfile, name)}`,
      `--logfile=${poolPath(logfile, name)}`,
      ...passed.flatMap((each) => words(each, name)),
      ...rest,
    ],
    pidfile: place(pidfile),
    logfile: place(logfile),
  };
}

function words({ flag, spelling, value }: GivenFlag, node: string): readonly string[] {
  if (value === undefined) return [spelling];
  const expanded = LITERAL.has(flag.name) ? value : poolPath(value, node);
  return spelling.startsWith('--') ? [`${spelling}=${expanded}`] : [spelling, expanded];
}
