import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { findPostgres } from '../tools/services/require.ts';
import { findPython } from './python.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly kernel: string;
  /** Processes that wanted to run during the last minute before the run: above 0.5, others disturb. */
  readonly loadBefore: number;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    kernel: `${type()} ${release()}`,
    loadBefore: loadavg()[0]!,
  };
}

/** Version by name, of everything that takes part. */
export function versions(): Readonly<Record<string, string>> {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  return {
    lovage: said('git', ['describe', '--always', '--dirty']),
    node: process.versions.node,
    'sqlite (ours)': process.versions['sqlite'] ?? 'unknown',
    redis: said('redis-server', ['--version']).match(/v=(\S+)/)?.[1] ?? 'unknown',
    postgres: said(join(findPostgres() ?? '', 'postgres'), ['--version']).match(/\) (\S+)/)?.[1] ?? 'unknown',
    ...findPython()?.versions,
    ...dependencies,
  };
}

function said(command: string, args: readonly string[]): string {
  const { stdout, status } = spawnSync(command, args, { encoding: 'utf8', cwd: import.meta.dirname });
  return status === 0 ? stdout.trim() : 'unknown';
}
