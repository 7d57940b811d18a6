import { advantage, judge } from './judge.ts';
import type { Machine } from './machine.ts';
import type { Figures, Row } from './row.ts';
import type { RowResult, Standing } from './run.ts';

/** Everything one run of the bench has found. */
export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly quick: boolean;
  readonly rows: readonly RowResult[];
}

/** A row as cells, the same for terminal and page. */
export interface Table {
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

export function tableOf({ row, standings }: RowResult): Table {
  const figures = Object.keys(standings.find(({ medians }) => medians !== undefined)?.medians ?? {});
  const ours = standings.find(({ contender }) => contender.name === 'Lovage')?.medians;
  const named = figures.map((name) => (figures.length === 1 ? row.unit : `${name}, ${row.unit}`));
  return {
    head: ['', ...named, 'range', 'Lovage against it', 'how'],
    lines: standings.map((standing) => [
      standing.contender.name,
      ...figures.map((name) => (standing.medians === undefined ? '-' : number(standing.medians[name]!))),
      range(standing, figures),
      against(row, ours, standing, figures),
      standing.trouble === undefined
        ? standing.contender.note
        : `not measured: ${headline(standing.trouble)}`,
    ]),
  };
}

/** One line a promise: what, what was reached, met or missed. */
export function verdictsOf(result: RowResult): readonly string[] {
  return judge(result).map(({ promise, target, reached, met }) => {
    if (reached === undefined) return `target  ${promise}: not measured`;
    const measure = 'atMost' in target ? ` ${result.row.unit}` : ' x';
    const doubt = unsteady(result, target.figure)
      ? ' (unsteady: the rounds differ by half, measure again)'
      : '';
    return `target  ${promise}: ${number(reached)}${measure}, ${met ? 'met' : 'MISSED'}${doubt}`;
  });
}

/** Whether the rounds of a rate disagree so much that something else was at work on the machine. */
function unsteady({ row, standings }: RowResult, figure: string): boolean {
  if (row.better === 'less') return false;
  return standings.some(({ samples }) => {
    const values = samples.map((sample) => sample[figure]!);
    return Math.max(...values) > 1.5 * Math.min(...values);
  });
}

/** What machine-readable results hold: the same, without functions. */
export function plain(report: Report): unknown {
  return {
    ...report,
    rows: report.rows.map((result) => ({
      id: result.row.id,
      title: result.row.title,
      unit: result.row.unit,
      better: result.row.better,
      contenders: result.standings.map(({ contender: { name, note }, samples, medians, trouble }) => ({
        name,
        note,
        samples,
        medians,
        trouble,
      })),
      targets: judge(result).map(({ promise, reached, met }) => ({ promise, reached, met })),
    })),
  };
}

function against(
  row: Row,
  ours: Figures | undefined,
  standing: Standing,
  figures: readonly string[],
): string {
  if (ours === undefined || standing.medians === undefined || standing.contender.name === 'Lovage') return '';
  return figures
    .map((name) => `${number(advantage(row, ours[name]!, standing.medians![name]!))} x`)
    .join(', ');
}

function range({ samples, medians }: Standing, figures: readonly string[]): string {
  if (medians === undefined || samples.length < 2) return '';
  const each = figures.map((name) => {
    const values = samples.map((sample) => sample[name]!);
    return `${number(Math.min(...values))}-${number(Math.max(...values))}`;
  });
  return each.join(', ');
}

/** Three digits that count, thousands apart. */
export function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** What says most in one line: where a program ended early, the error in its output. */
function headline(text: string): string {
  const lines = text.split('\n');
  return (lines.find((line) => /\w*Error\b/.test(line)) ?? lines[0]!).slice(0, 100);
}
