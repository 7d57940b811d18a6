import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const home = new URL('./', import.meta.url);

/** Brings the peers that package-lock.json pins, unless exactly these are there. */
export function installPeers(): void {
  if (installed()) return;
  console.log('Installing what is compared (once)...');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: home, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ci in bench/ ended with ${status}`);
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
