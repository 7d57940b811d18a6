import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = dirname(fileURLToPath(import.meta.url));
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

/** What the compiler says of the files in this folder. */
async function compile(): Promise<string> {
  const args = [join(typescript, 'bin', 'tsc'), '--project', folder, '--noEmit'];
  return run(process.execPath, args).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

test('good uses compile, and each bad one does not: a @ts-expect-error without an error is itself one', async () => {
  assert.equal(await compile(), '');
});

test('at least 40 bad uses are refused', async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.test-d.ts'));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const bad = texts.join('\n').match(/^\s*\/\/ @ts-expect-error: \S/gm) ?? [];
  assert.ok(bad.length >= 40, `${bad.length} bad uses`);
});
