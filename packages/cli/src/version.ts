import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of this package, which is that of every package of Lovage. */
export function version(): string {
  const manifest = findPackageJSON('..', import.meta.url);
  if (manifest === undefined) throw new Error('@lovage/cli has lost its package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
