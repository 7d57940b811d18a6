import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { CommandError } from '../exit.ts';
import type { Globals } from '../globals.ts';
import { paint } from '../output/paint.ts';
import { withApp } from '../with-app.ts';
import { converse } from './converse.ts';
import { evaluate } from './evaluate.ts';
import { shellSymbols } from './symbols.ts';

export interface ShellOptions extends Globals {
  readonly eval?: string;
  readonly withoutTasks?: boolean;
}

/** `lovage shell`: code with an app at hand, typed, piped or given by `--eval`. Code may `await`. */
export async function runShell(options: ShellOptions): Promise<void> {
  await withApp(options, async (app) => {
    const symbols = shellSymbols(app, !options.withoutTasks);
    if (options.eval !== undefined) await runCode(options.eval, symbols);
    else if (process.stdin.isTTY) await converse(app, symbols, options.quiet ?? false);
    else await runCode(await text(process.stdin), symbols);
  });
}

/**
 * Prints what the last statement comes to, if anything.
 * @throws CommandError (1) with the stack of whatever the code throws
 */
async function runCode(code: string, symbols: Readonly<Record<string, unknown>>): Promise<void> {
  const outcome = await evaluate(code, symbols);
  if (outcome.kind === 'threw') throw new CommandError(stackOf(outcome.error));
  const { value } = outcome;
  if (typeof value === 'string') console.log(value);
  else if (value !== undefined) console.log(inspect(value, { depth: 6, colors: paint('bold', 'x') !== 'x' }));
}

/** Without the frames of what evaluates. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `Thrown: ${inspect(error)}`;
  return (error.stack ?? String(error)).replace(/\n {4}at Session\.post \(node:inspector.*$/s, '');
}
