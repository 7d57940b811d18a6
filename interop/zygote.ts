/** One Python for all of a file that has Celery imported, and forks for each question. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../tools/services.ts';
import type { Said } from './lovage-cli.ts';

const ZYGOTE = fileURLToPath(new URL('./python/zygote.py', import.meta.url));

export interface Forked {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin?: string;
}

let zygote: Promise<{ readonly socket: string; end(): Promise<void> }> | undefined;
after(async () => (await zygote)?.end());

async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-zygote-'));
  const socket = join(folder, 'socket');
  const child = spawn(PYTHON, [ZYGOTE, socket], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => {
      throw new Error('the Python that forks did not start');
    }),
  ]);
  return {
    socket,
    async end() {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a script, or Celery's command line, said and ended with. */
export async function fork(
  what: { readonly script: string } | { readonly celery: readonly string[] },
  { env, cwd, stdin = '' }: Forked,
): Promise<Said> {
  zygote ??= start();
  const { socket } = await zygote;
  const client = connect(socket);
  client.setEncoding('utf8');
  client.write(`${JSON.stringify({ ...what, env, cwd, stdin })}\n`);
  let text = '';
  for await (const chunk of client) text += chunk;
  if (text === '') throw new Error(`Python was killed: ${JSON.stringify(what)}`);
  return JSON.parse(text) as Said;
}
