import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const home = new URL('./', import.meta.url);

/**
 * Brings the peers that package-lock.json pins, unless exactly these are there. Not by `npm ci`: it refuses a lock
 * without the optional binaries of other platforms, and a registry that lacks them cannot write one that has them.
 * `npm install --no-save` takes the same versions from the same lock and leaves it as it is.
 */
export function installPeers(): void {
  if (installed()) return;
  console.log('Installing what is compared (once)...');
  const args = ['install', '--no-save', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', args, { cwd: home, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm install in bench/ ended with ${status}`);
  if (!installed()) throw new Error('bench/node_modules does not hold what bench/package.json pins');
}

/** Makes what npm would publish of our own packages. */
export function buildOurs(): void {
  console.log('Building our packages...');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: new URL('../', home),
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm run build ended with ${status}`);
}

function installed(): boolean {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', home), 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => {
    const file = new URL(`node_modules/${name}/package.json`, home);
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
}
