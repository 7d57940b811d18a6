import type { Contender, Figures, Row } from './row.ts';
import { median } from './statistics.ts';

/** What a row's contenders reached. */
export interface RowResult {
  readonly row: Row;
  readonly standings: readonly Standing[];
}

export interface Standing {
  readonly contender: Contender;
  /** One for each round that was measured, in order. */
  readonly samples: readonly Figures[];
  /** The median of each figure; undefined when no round could be measured. */
  readonly medians: Figures | undefined;
  /** Why it was not measured: what is missing, or how it failed. */
  readonly trouble?: string;
}

export interface RunOptions {
  readonly rounds: number;
  /** What is not on this machine, with how to get it, by the name in `Contender.needs`. */
  readonly missing: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** Measures one row: in each round every contender once, one after another, so that all see the same machine. */
export async function runRow(row: Row, options: RunOptions): Promise<RowResult> {
  const samples = new Map<Contender, Figures[]>();
  const trouble = new Map<Contender, string>();
  for (const contender of row.contenders) {
    const lacks = contender.needs === undefined ? undefined : options.missing[contender.needs];
    if (lacks !== undefined) trouble.set(contender, lacks);
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contender of row.contenders) {
      if (trouble.has(contender)) continue;
      try {
        const figures = await contender.measure();
        samples.set(contender, [...(samples.get(contender) ?? []), figures]);
        options.log(`  round ${round}  ${contender.name}: ${JSON.stringify(figures)}`);
      } catch (error) {
        trouble.set(contender, String(error instanceof Error ? error.message : error));
        options.log(`  round ${round}  ${contender.name} failed: ${trouble.get(contender)}`);
      }
    }
  }
  const standings = row.contenders.map((contender): Standing => {
    const measured = samples.get(contender) ?? [];
    const why = trouble.get(contender);
    return {
      contender,
      samples: measured,
      medians: why === undefined ? mediansOf(measured) : undefined,
      ...(why === undefined ? {} : { trouble: why }),
    };
  });
  return { row, standings };
}

function mediansOf(samples: readonly Figures[]): Figures {
  const names = Object.keys(samples[0]!);
  return Object.fromEntries(names.map((name) => [name, median(samples.map((sample) => sample[name]!))]));
}
