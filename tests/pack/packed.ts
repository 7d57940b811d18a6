import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicPackages, ROOT } from '../../tools/workspaces.ts';

/** A package as npm would publish it. */
export interface Tarball {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
}

/** Every public package, built and packed into a folder of its own. */
export interface Packed extends Disposable {
  readonly folder: string;
  readonly tarballs: readonly Tarball[];
}

export function buildAndPack(): Packed {
  run('node', ['--conditions=lovage-source', join(ROOT, 'tools', 'build.ts')], ROOT);
  const folder = mkdtempSync(join(tmpdir(), 'lovage-pack-'));
  const chosen = publicPackages().flatMap((each) => ['--workspace', each.name]);
  const answer = run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...chosen],
    ROOT,
  );
  const packed = JSON.parse(answer) as readonly { readonly name: string; readonly filename: string }[];
  const tarballs = packed.map(({ name, filename }) => ({ name, file: join(folder, filename) }));
  return { folder, tarballs, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** An empty project in `folder` with every tarball installed. */
export function installed(packed: Packed): string {
  const project = join(packed.folder, 'project');
  mkdirSync(project);
  const { tarballs } = packed;
  const manifest = {
    type: 'module',
    dependencies: Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`])),
    // What one of ours asks for of another is the tarball beside it: npm must never look for it in the registry.
    overrides: Object.fromEntries(tarballs.map(({ name }) => [name, `$${name}`])),
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  // A registry that stops answering in the middle is asked again, before whoever waits gives up.
  const patience = ['--fetch-timeout=15000', '--fetch-retries=4', '--fetch-retry-mintimeout=500'];
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...patience], project);
  return project;
}

/** What a program printed. Its stderr is part of the error when it fails. */
export function run(program: string, args: readonly string[], cwd: string): string {
  return execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: outside(),
    // Its error names the step; the file's own limit would not.
    timeout: 150_000,
  });
}

/** The environment of somebody who does not work in this clone. */
export function outside(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  return { ...env, NO_COLOR: '1' };
}
