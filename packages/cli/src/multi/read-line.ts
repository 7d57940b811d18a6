import { constants } from 'node:os';
import { nearest } from '@lovage/contracts/kit';
import { UsageError } from '../exit.ts';
import { given } from '../given.ts';
import { type WorkerFlag, workerFlags } from './worker-flags.ts';

/** One option of the workers, as it was given. */
export interface GivenFlag {
  readonly flag: WorkerFlag;
  /** As it was spelled: `-c`. */
  readonly spelling: string;
  readonly value?: string;
  /** The nodes that it is for: `w1`, `1-3`; undefined: for all. */
  readonly nodes?: string;
}

/** A command line of multi, read but not yet understood. */
export interface MultiLine {
  /** What is neither an option nor the value of one: names of nodes, or how many. */
  readonly words: readonly string[];
  readonly flags: readonly GivenFlag[];
  /** Options of multi itself, without dashes: `range-prefix`. */
  readonly own: ReadonlyMap<string, string>;
  /** Named as `-KILL` or `-9`. */
  readonly signal: NodeJS.Signals | undefined;
  /** After `--`: passed on as it is. */
  readonly rest: readonly string[];
}

/** Options of multi itself, and whether they take a value. */
const OWN: Readonly<Record<string, boolean>> = {
  '-n': true,
  '--hostname': true,
  '--prefix': true,
  '--suffix': true,
  '--range-prefix': true,
  '--nosplash': false,
  '--verbose': false,
};

/** Celery's multi has them; here they would need a shell. */
const REFUSED: Readonly<Record<string, string>> = {
  '--cmd': 'multi starts `lovage worker`',
  '--append': 'give what is to be added after --',
  '--executable': 'workers run on the node that multi runs on',
};

/** @throws UsageError for an option that no worker has, and for a value that is missing or too much */
export function readLine(args: readonly string[], takesSignal: boolean): MultiLine {
  const end = args.indexOf('--');
  const left = end === -1 ? [...args] : args.slice(0, end);
  const known = workerFlags();
  const words: string[] = [];
  const flags: GivenFlag[] = [];
  const own = new Map<string, string>();
  let signal: NodeJS.Signals | undefined;

  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const named = takesSignal ? signalNamed(arg) : undefined;
    if (named) signal = named;
    else if (!arg.startsWith('-')) words.push(arg);
    else {
      const { spelling, nodes, attached } = split(arg);
      const flag = known.get(spelling);
      const takesValue = flag?.takesValue ?? OWN[spelling];
      if (takesValue === undefined) throw unknown(spelling, [...known.keys(), ...Object.keys(OWN)]);
      if (!takesValue && attached !== undefined) throw new UsageError(`${spelling} takes no value.`);
      const value = takesValue ? (attached ?? left.shift()) : undefined;
      if (takesValue && value === undefined) throw new UsageError(`${arg} needs a value.`);
      if (flag) flags.push({ flag, spelling, ...given({ value, nodes }) });
      else if (nodes !== undefined)
        throw new UsageError(`${spelling} is for all nodes: leave :${nodes} out.`);
      else own.set(spelling === '-n' ? 'hostname' : spelling.slice(2), value ?? '');
    }
  }
  return { words, flags, own, signal, rest: end === -1 ? [] : args.slice(end + 1) };
}

/** `-c:1-3`, `-c3`, `--queues:w1=a,b` in their parts. */
function split(arg: string): { spelling: string; nodes: string | undefined; attached: string | undefined } {
  const match = arg.startsWith('--')
    ? /^(--[^:=]+)(?::([^=]+))?(?:=(.*))?$/s.exec(arg)
    : /^(-[^-])(?::([^=]+)|(.+))?$/s.exec(arg);
  const [, spelling = arg, nodes, attached] = match ?? [];
  return { spelling, nodes, attached };
}

/** `-TERM`, `-SIGTERM` or `-15`. */
function signalNamed(arg: string): NodeJS.Signals | undefined {
  const text = /^-(\w+)$/.exec(arg)?.[1];
  if (text === undefined) return undefined;
  const signals = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  if (/^\d+$/.test(text)) return signals.find(([, number]) => number === Number(text))?.[0];
  return signals.find(([name]) => name === text || name === `SIG${text}`)?.[0];
}

function unknown(spelling: string, all: readonly string[]): UsageError {
  const refused = REFUSED[spelling];
  if (refused) return new UsageError(`lovage multi does not have ${spelling}: ${refused}.`);
  const near = nearest(spelling, all);
  return new UsageError(`lovage worker has no option ${spelling}.${near ? ` Did you mean ${near}?` : ''}`);
}
