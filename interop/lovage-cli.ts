import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../packages/lovage/bin/lovage.js', import.meta.url));
/** What Node runs: our command line from its sources. */
export const CLI: readonly string[] = ['--conditions=lovage-source', BIN];
const LIMIT_MS = 60_000;

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs our command line to its end, without an app. */
export async function lovageCli(args: readonly string[]): Promise<Said> {
  const { NODE_TEST_CONTEXT: _, LOVAGE_APP: __, CELERY_APP: ___, ...env } = process.env;
  const child = spawn(process.execPath, [...CLI, ...args], {
    cwd: tmpdir(),
    env,
    timeout: LIMIT_MS,
  });
  child.stdin.end();
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
