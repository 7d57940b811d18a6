import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { PYTHON } from '../tools/services.ts';
import type { Said } from './lovage-cli.ts';

const LIMIT_MS = 60_000;

/** Runs Celery's own command line to its end, without an app. */
export async function celeryCli(broker: string, ...args: readonly string[]): Promise<Said> {
  const child = spawn(PYTHON, ['-m', 'celery', '-b', broker, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    timeout: LIMIT_MS,
  });
  child.stdin.end();
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}
