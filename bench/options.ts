import { parseArgs } from 'node:util';

export interface Options {
  readonly rounds: number;
  /** Rows whose id contains this. */
  readonly only: string | undefined;
  readonly quick: boolean;
  readonly writeDocs: boolean;
}

export const usage = `npm run bench -- [options]
  --rounds N     how often each is measured; medians count (default 3, with --quick 1)
  --only TEXT    only the rows whose id contains TEXT: redis, postgres, sqlite, rabbitmq, drain, latency, chord, memory, ready ...
  --quick        a tenth of the tasks: to see that all works, not to quote
  --write-docs   write docs/benchmarks.md from this run; needs every row at full size`;

/** Throws with the usage for an option that is not known or not sensible. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: a whole number from 1 is needed`);
  const writeDocs = values['write-docs'];
  if (writeDocs && (values.quick || values.only !== undefined)) {
    throw new Error('--write-docs needs every row at full size: leave out --quick and --only');
  }
  return { rounds, only: values.only, quick: values.quick, writeDocs };
}
