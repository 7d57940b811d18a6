import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of this package, which is that of Lovage. */
export function version(): string {
  const manifest = findPackageJSON('..', import.meta.url)!;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
