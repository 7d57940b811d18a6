import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { emptyFolder, emptyStore, fixture, lovage, startWorker } from './lovage.ts';
import { Pty } from './pty.ts';

const SHOP = ['-A', fixture('shop.ts'), '-b', 'memory://'];

/** What `--eval` of this code prints. */
const evaluated = async (code: string, ...flags: string[]): Promise<string> => {
  const { code: exitCode, stdout, stderr } = await lovage(['shell', ...SHOP, '-e', code, ...flags]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  return stdout;
};

suite('lovage shell', { concurrency: 2 }, () => {
  test('calls tasks by their short names, and awaits', async () => {
    const flags = ['-A', fixture('shop.ts'), '-b', emptyStore()];
    const worker = await startWorker([...flags, '-P', 'async']);
    const { stdout, stderr } = await lovage([
      'shell',
      ...flags,
      '-e',
      'await (await add.delay(2, 3)).get({ timeout: 20 })',
    ]);
    assert.deepEqual([stdout, stderr], ['5\n', '']);
    worker.process.kill('SIGTERM');
    await worker.ended;
  });

  test('knows the app, its tasks, and the library', async () => {
    assert.equal(
      await evaluated(
        '[app.name, celery === app, tasks["shop.add"] === add, lovage.AsyncResult === AsyncResult, typeof require("node:os").EOL].join()',
      ),
      'shop,true,true,true,string\n',
    );
    assert.equal(await evaluated('typeof add + typeof tasks["shop.add"]', '-T'), 'undefinedobject\n');
  });

  test('prints what the last statement comes to', async () => {
    assert.equal(await evaluated('const x = await Promise.resolve(4); x + 1'), '5\n');
    assert.equal(await evaluated("'a text'"), 'a text\n');
    assert.equal(
      await evaluated('({ a: [1n, -0, NaN, null], b: new Map([[1, 2]]) })'),
      '{ a: [ 1n, -0, NaN, null ], b: Map(1) { 1 => 2 } }\n',
    );
    for (const nothing of ['', 'undefined', 'let q = 1', 'void 0'])
      assert.equal(await evaluated(nothing), '');
  });

  test('what is piped in is run', async () => {
    const { code, stdout } = await lovage(['shell', ...SHOP], {
      input: 'const y = await Promise.resolve(3);\nfunction twice(x) {\n  return 2 * x;\n}\ntwice(y)\n',
    });
    assert.deepEqual([code, stdout], [0, '6\n']);
  });

  test('what is thrown, rejected or no code at all ends it with 1 and a stack of that code', async () => {
    const cases = [
      ['throw new TypeError("no")', 'Error: TypeError: no\n    at <anonymous>:1:7\n'],
      ['await Promise.reject(5)', 'Error: Thrown: 5\n'],
      ['foo(', 'Error: SyntaxError: Unexpected end of input\n'],
      ['nosuch', 'Error: ReferenceError: nosuch is not defined\n    at <anonymous>:1:1\n'],
    ] as const;
    for (const [code, says] of cases) {
      const ended = await lovage(['shell', ...SHOP, '-e', code]);
      assert.deepEqual([ended.code, ended.stdout, ended.stderr], [1, '', says]);
    }
  });

  test('a person at a terminal has a prompt, await, and a history', {
    skip: requireService('celery'),
  }, async () => {
    const history = join(emptyFolder(), 'deep', 'history');
    process.env['LOVAGE_HISTORY'] = history;
    const pty = new Pty(['shell', ...SHOP]);
    delete process.env['LOVAGE_HISTORY'];
    await pty.says(/shop on memory:\/\/, 5 tasks/);
    await pty.says(/lovage> /);
    pty.type('await Promise.resolve(add.name + "!")\r');
    await pty.says(/'shop\.add!'/);
    pty.type('.exit\r');
    assert.deepEqual(await pty.ended, { status: 0, restored: true });
    assert.ok(existsSync(history));
    assert.match(readFileSync(history, 'utf8'), /await Promise\.resolve\(add\.name/);
  });
});
