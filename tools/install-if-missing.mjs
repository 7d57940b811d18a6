// Runs before `npm start` and `npm test`, on whatever Node the machine has (20 or later):
// installs what package-lock.json names, once, and does nothing when it is all there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** npm keeps its own record of what it put there; without it, or without our Node, install. */
const complete =
  existsSync(join(root, 'node_modules', '.package-lock.json')) &&
  existsSync(join(root, 'node_modules', '.bin', 'node')) &&
  Object.keys(wanted.devDependencies).every((name) => existsSync(join(root, 'node_modules', name)));

if (!complete) {
  console.log('Installing dependencies (once)...');
  // Not `npm ci`: it refuses a lock file written where a registry does not offer the binaries of other platforms.
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exit(status ?? 1);
}
