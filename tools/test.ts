/**
 * `npm test [-- path…]`: runs the tests whose path contains one of the arguments, or all of them.
 * `--soak` runs the long runs (`*.soak.test.ts`) instead.
 * `--root` looks in another clone than this one.
 * LOVAGE_REQUIRE_SERVICES=1 makes a suite that misses its service a failure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as report from './reporter.ts';
import { findTests } from './test-files.ts';
import { type FileResult, runFile } from './test-run.ts';

/** A file that takes longer hangs. */
const FILE_LIMIT_MS = 300_000;
const SOAK_LIMIT_MS = 3_600_000;

const { values, positionals } = parseArgs({
  options: {
    soak: { type: 'boolean', default: false },
    root: { type: 'string', default: dirname(dirname(fileURLToPath(import.meta.url))) },
  },
  allowPositionals: true,
});
const { root } = values;

const files = findTests(root, { soak: values.soak, filters: positionals });
const noted = mkdtempSync(join(tmpdir(), 'lovage-test-'));
const skipLog = join(noted, 'skipped.jsonl');
process.env['LOVAGE_SKIP_LOG'] = skipLog;
// Hundreds of processes load the same modules: to strip and compile them is half of what the tests cost.
process.env['NODE_COMPILE_CACHE'] ??= join(noted, 'compiled');

const results = await runAll(files);
const missing = readMissing(skipLog);
rmSync(noted, { recursive: true, force: true });
process.exitCode = conclude(results, missing) ? 0 : 1;

/** Two files for each core, since tests wait more than they compute; long runs one by one, for they load the machine themselves. */
async function runAll(files: readonly string[]): Promise<FileResult[]> {
  const limitMs = values.soak ? SOAK_LIMIT_MS : FILE_LIMIT_MS;
  const width = Math.max(0, ...files.map((file) => file.length));
  const waiting = [...files];
  const results: FileResult[] = [];
  const lane = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runFile(file, join(root, file), limitMs);
      results.push(result);
      console.log(report.fileLine(result, width));
    }
  };
  await Promise.all(Array.from({ length: values.soak ? 1 : 2 * availableParallelism() }, lane));
  return results;
}

/** What `tools/services.ts` noted: one JSON object a line, repeated by every file that missed the same. */
function readMissing(path: string): report.MissingService[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const lines = new Set(text.split('\n').filter((line) => line !== ''));
  return [...lines].map((line) => JSON.parse(line) as report.MissingService);
}

/** Prints what is left to say, the totals last; true when all is well. */
function conclude(results: readonly FileResult[], missing: readonly report.MissingService[]): boolean {
  const required = process.env['LOVAGE_REQUIRE_SERVICES'] === '1';
  const count = (of: (result: FileResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0);
  const passed = count((result) => result.passed);
  const skipped = count((result) => result.skipped.length);
  const failed = count((result) => result.failures.length);
  const ran = passed + failed;
  const missed = required && failed === 0 ? missing.length : 0;

  console.log('');
  const sections = [
    report.skippedReport(results),
    report.missingReport(missing),
    report.failureReport(results),
  ].filter((section) => section !== '');
  for (const section of sections) console.log(section);
  if (missed > 0) console.log('LOVAGE_REQUIRE_SERVICES=1: a suite without its service counts as failed.\n');
  if (ran === 0)
    console.log(`No test ran${positionals.length > 0 ? ` for ${positionals.join(' ')}` : ''}.\n`);
  console.log(report.totalsLine(passed, failed + missed, skipped));
  return failed + missed === 0 && ran > 0;
}
