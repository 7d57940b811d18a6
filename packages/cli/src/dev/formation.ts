import { nearest } from '@lovage/app';
import { UsageError } from '../exit.ts';
import type { Declared } from './procfile.ts';

/** One process that is to run. */
export interface Planned extends Declared {
  /** `web`, or `web.2` where there are several. */
  readonly label: string;
  readonly port: number;
}

/** How many of each: `web=2,worker=0`; `all` is every one that is not named. */
export type Formation = Readonly<Record<string, number>>;

/** Ports as foreman counts them: a hundred for each kind of process, in the order of the Procfile. */
const PORTS_APART = 100;

/**
 * @param names Only these kinds; none: all of them
 * @throws UsageError for names that the Procfile has not, and where nothing is left to run
 */
export function plan(
  declared: readonly Declared[],
  names: readonly string[],
  formation: Formation,
  basePort: number,
): readonly Planned[] {
  const known = declared.map(({ name }) => name);
  for (const name of [...names, ...Object.keys(formation)]) {
    if (known.includes(name) || (name === 'all' && !names.includes(name))) continue;
    const near = nearest(name, known);
    throw new UsageError(
      `There is no process ${name}${near ? `; did you mean ${near}?` : `: there are ${known.join(', ')}.`}`,
    );
  }
  const planned = declared.flatMap(({ name, command }, kind) => {
    const wanted = names.length === 0 || names.includes(name);
    const count = wanted ? (formation[name] ?? formation['all'] ?? 1) : 0;
    return Array.from({ length: count }, (_, at) => ({
      name,
      command,
      label: count === 1 ? name : `${name}.${at + 1}`,
      port: basePort + kind * PORTS_APART + at,
    }));
  });
  if (planned.length === 0) throw new UsageError('Nothing is left to run.');
  return planned;
}
