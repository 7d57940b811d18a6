import { mkdirSync, writeFileSync } from 'node:fs';
import { headLines } from './print.ts';
import { plain, type Report, type Table, tableOf, verdictsOf } from './report.ts';

/** Writes bench/results/<date>.json and answers its path. */
export function writeJson(report: Report): string {
  const folder = new URL('results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${report.date.replaceAll(':', '-')}.json`, folder);
  writeFileSync(file, `${JSON.stringify(plain(report), undefined, 2)}\n`);
  return file.pathname;
}

/** Writes docs/benchmarks.md from this run and answers its path. */
export function writeDocs(report: Report): string {
  const file = new URL('../docs/benchmarks.md', import.meta.url);
  writeFileSync(file, docsPage(report));
  return file.pathname;
}

/** The page as Markdown. */
export function docsPage(report: Report): string {
  return `# Benchmarks

Written by \`npm run bench -- --write-docs\` on ${report.date.slice(0, 10)}; run it to have your own machine's figures.
Ratios count, not rates: everything ran on one machine, service, workers and producers together.

${headLines(report)
  .map((line) => `- ${line.replace(/ {2,}/, ': ')}`)
  .join('\n')}

Every measurement is of real work: a task that returns its argument (about 50 bytes of JSON), its result stored,
acknowledged late, each on a new store. Afterwards every message or result is counted and every result compared
with its argument. A chord's header tasks return a number each, and its body is given all of them, in order.
"Lovage against it" says how many times better our median is.

${report.rows.map((result) => [`## ${result.row.title}`, markdown(tableOf(result)), bullets(verdictsOf(result))].join('\n\n')).join('\n\n')}
`;
}

const markdown = ({ head, lines }: Table): string =>
  [head, head.map((_, column) => (column === 0 || column === head.length - 1 ? '---' : '--:')), ...lines]
    .map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const bullets = (lines: readonly string[]): string =>
  lines.map((line) => `- ${line.replace('  ', ': ')}`).join('\n');
