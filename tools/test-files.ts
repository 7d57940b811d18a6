import { existsSync, globSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** Where tests live. A folder that is not there yet is no fault. */
const HOMES = [
  'packages/*/test/**/*.test.ts',
  'drivers/*/test/**/*.test.ts',
  'apps/*/test/**/*.test.ts',
  'tests/**/*.test.ts',
  'interop/**/*.test.ts',
];

/**
 * The test files to run, relative to `root`, sorted.
 * `soak` picks the long runs (`*.soak.test.ts`) instead of the tests; `filters` keep files whose path contains one.
 */
export function findTests(root: string, options: { soak: boolean; filters: readonly string[] }): string[] {
  const filters = options.filters.map((filter) => normalise(root, filter));
  return globSync(HOMES, { cwd: root, exclude: (path) => path.split(/[\\/]/).includes('node_modules') })
    .filter((file) => file.endsWith('.soak.test.ts') === options.soak)
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .sort();
}

/** A path as the shell completes it (`./tests/`, absolute, from a subfolder) or any part of one. */
function normalise(root: string, filter: string): string {
  return existsSync(filter) ? relative(root, resolve(filter)) : relative(root, join(root, filter));
}
