import { existsSync, globSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** Where tests live, those first that take longest, so that no core waits for the last. A folder may be missing. */
const HOMES = [
  'tests/**/*.test.ts',
  'interop/**/*.test.ts',
  'apps/*/test/**/*.test.ts',
  'drivers/*/test/**/*.test.ts',
  'packages/*/test/**/*.test.ts',
  // These judge the measuring; they need none of what bench/ installs.
  'bench/test/**/*.test.ts',
];

/**
 * The test files to run, relative to `root`, by home and name.
 * `soak` picks the long runs (`*.soak.test.ts`) instead of the tests; `filters` keep files whose path contains one.
 */
export function findTests(root: string, options: { soak: boolean; filters: readonly string[] }): string[] {
  const filters = options.filters.map((filter) => normalise(root, filter));
  const exclude = (path: string): boolean => path.split(/[\\/]/).includes('node_modules');
  return HOMES.flatMap((home) => globSync(home, { cwd: root, exclude }).sort())
    .filter((file) => file.endsWith('.soak.test.ts') === options.soak)
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
}

/** A path as the shell completes it (`./tests/`, absolute, from a subfolder) or any part of one. */
function normalise(root: string, filter: string): string {
  return existsSync(filter) ? relative(root, resolve(filter)) : relative(root, join(root, filter));
}
