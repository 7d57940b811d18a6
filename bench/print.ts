import type { Report, Table } from './report.ts';
import { tableOf, verdictsOf } from './report.ts';
import type { RowResult } from './run.ts';

/** The lines above the first row: where, with what, how. */
export function headLines({ machine, versions, rounds, quick }: Omit<Report, 'rows'>): readonly string[] {
  const lines = [
    `machine   ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.kernel}`,
    `versions  ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `rounds    ${rounds}, contenders in turn, medians${quick ? '; --quick: a tenth of the tasks' : ''}`,
    'Lovage    from its TypeScript; as `npm run build` makes it where memory and start-up are measured',
  ];
  if (machine.loadBefore > 0.5) {
    lines.push(
      `PROVISIONAL: the machine was at work before (load ${machine.loadBefore.toFixed(2)}); others disturb`,
    );
  }
  return lines;
}

export function rowLines(result: RowResult): readonly string[] {
  return [
    `${result.row.title}  [${result.row.id}]`,
    ...aligned(tableOf(result)),
    ...verdictsOf(result).map((line) => `  ${line}`),
  ];
}

function aligned({ head, lines }: Table): string[] {
  const cells = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const leftmost = new Set([0, head.length - 1]);
  return cells.map((line) =>
    `  ${line
      .map((cell, column) =>
        leftmost.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')}`.trimEnd(),
  );
}
