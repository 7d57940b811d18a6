/** `npm start`, as a person runs it: on the embedded store in a fresh folder, and on Redis. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { redisDatabase, requireService, startRedis } from '../../../tools/services.ts';

const DEMO = fileURLToPath(new URL('../src/demo.ts', import.meta.url));

test('the demo runs its tasks, shows what came of them, and ends by itself', {
  timeout: 240_000,
}, async (t) => {
  examine(await runDemo(t));
});

test('on Redis it does the same', { skip: requireService('redis'), timeout: 240_000 }, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  examine(await runDemo(t, '--broker', redisDatabase(redis, 9)));
});

interface Shown {
  readonly code: number | null;
  readonly text: string;
}

function examine({ code, text }: Shown): void {
  assert.equal(code, 0, text);
  const [, after = ''] = text.split('\nResults\n');
  const [results = '', rest = ''] = after.split('\nWhat is wrong in december.csv\n');
  const rows = results.trim().split('\n').slice(2);
  assert.deepEqual(
    rows
      .map((row) => row.trim().split(/\s{2,}/))
      .map(([what, about, state, , result]) => [what, about, state, result]),
    [
      ['Onboarding', 'Ada Quill', 'SUCCESS', accountIn(rows[0])],
      ['Onboarding', 'Björn Salk', 'SUCCESS', accountIn(rows[1])],
      ['Onboarding', 'Chiyo Endo', 'SUCCESS', accountIn(rows[2])],
      ['Onboarding', 'Hugo Quack', 'FAILURE', 'licence M-0000 was withdrawn'],
      ['Notice', 'all doctors', 'SUCCESS', '3 e-mails'],
      ['Upload', 'december.csv', 'SUCCESS', '7 taken, 3 wrong'],
      ['Report', 'Yearly report', 'SUCCESS', '40 pages'],
      ['Report', 'Monthly report', 'SUCCESS', '15 pages'],
    ],
  );
  assert.match(rest, /\n {2}row 6: dr björn is no e-mail address of a doctor; 2026-02-30 is no day\n/);
  // All of it was really taken by an SMTP server; the refused doctor was never welcomed.
  for (const address of ['ada', 'bjorn', 'chiyo']) {
    assert.match(rest, new RegExp(`\\n {2}${address}@clinic\\.example +Welcome to the clinic\\n`));
    assert.match(rest, new RegExp(`\\n {2}${address}@clinic\\.example +The clinic is closed on Friday\\n`));
  }
  assert.match(rest, /\n {2}admin@clinic\.example +Onboarding Hugo Quack failed\n/);
  assert.match(rest, /\n {2}admin@clinic\.example +december\.csv: 7 appointments taken, 3 wrong\n/);
  assert.doesNotMatch(text, /hugo@|NOT TRUE/);
  assert.match(text, /\n✔ The worker finished what it had and ended with code 0\.\n$/);
  // The picture: each line of it again as it comes further, the last with nothing to come.
  assert.match(text, /\n {2}Hugo Quack +✔ account ── ✖ CRM ── – welcome e-mail\n/);
  assert.match(text, /\n {2}december\.csv +✔{10} 10 of 10 rows looked at ── ✔ letter to the admin\n/);
  assert.match(text, /\n {2}Yearly report +▸ █+░+ 40 pages\n/);
  const wide = text.split('\n').filter((line) => line.length > 80);
  assert.deepEqual(wide, [], 'it must fit a terminal of 80 columns');
}

/** Two children open accounts at once, so any of the four may be the first: also the one of who is refused later. */
const accountIn = (row = ''): string | undefined => /account [1234], CRM revision 3$/.exec(row)?.[0];

async function runDemo(t: TestContext, ...args: readonly string[]): Promise<Shown> {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-demo-'));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=lovage-source', DEMO, ...args], {
    cwd: folder,
    env: { ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, text };
}
