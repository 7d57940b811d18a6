import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('../../tools/test.ts', import.meta.url));
const made: string[] = [];
after(() => made.forEach((folder) => void rmSync(folder, { recursive: true, force: true })));

/** Run the test runner over a folder that holds these files; NODE_TEST_CONTEXT would make it believe it is a test. */
function runOver(files: Record<string, string>, args: string[] = [], env: Record<string, string> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'lovage-runner-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `import { test, suite } from 'node:test';\n${text}`);
  }
  const { NODE_TEST_CONTEXT: _, LOVAGE_REQUIRE_SERVICES: __, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, '--root', root, ...args], {
    encoding: 'utf8',
    env: { ...inherited, NO_COLOR: '1', ...env },
  });
  return { status, stdout, stderr, last: stdout.trimEnd().split('\n').at(-1) };
}

const missing = `import { appendFileSync } from 'node:fs';
appendFileSync(process.env.LOVAGE_SKIP_LOG, JSON.stringify({ suite: 'redis', reason: 'no redis-server', enable: 'apt-get install redis-server' }) + '\\n');
test('has what it needs', () => {}); test('needs redis', { skip: 'no redis-server' }, () => {});`;

suite('npm test', { concurrency: 2 }, () => {
  test('counts what passed and ends with the totals', () => {
    const { status, last, stderr } = runOver({
      'packages/a/test/one.test.ts': "test('a', () => {}); suite('s', () => { test('b', () => {}); });",
      'drivers/b/test/deep/two.test.ts': "test('c', () => {});",
      'bench/test/three.test.ts': "test('d', () => {});",
      'packages/a/test/not-a-test.ts': "throw new Error('must not run');",
    });
    assert.deepEqual([status, last, stderr], [0, '4 passed, 0 failed', '']);
  });

  test('counts each test once, also where suites run side by side', () => {
    const { status, last } = runOver({
      'tests/nested.test.ts': `
        import { setImmediate as turn } from 'node:timers/promises';
        suite('outer', { concurrency: 2 }, () => {
          suite('slow', { concurrency: 2 }, () => {
            test('a', async () => { for (let i = 0; i < 50; i += 1) await turn(); });
            test('b', turn);
          });
          suite('fast', { concurrency: 2 }, () => {
            test('c', turn);
            test('d', () => {});
            test('e', () => { throw new Error('once'); });
            test('f', { skip: 'once' }, () => {});
          });
        });`,
    });
    assert.deepEqual([status, last], [1, '4 passed, 1 failed, 1 skipped']);
  });

  test('names every failure with its place, and shows what its file printed', () => {
    const { status, last, stdout } = runOver({
      'tests/bad.test.ts':
        "console.log('a clue');\nsuite('outer', () => {\n  test('inner', () => { throw new TypeError('boom'); });\n});",
      'tests/good.test.ts': "console.log('noise'); test('fine', () => {});",
    });
    assert.deepEqual([status, last], [1, '1 passed, 1 failed']);
    assert.match(stdout, /outer > inner\n\s+tests\/bad\.test\.ts:4\n\s+TypeError: boom/);
    assert.match(stdout, /a clue/);
    assert.doesNotMatch(stdout, /noise/);
  });

  test('a file that breaks outside its tests is a failure', () => {
    const { status, last, stdout } = runOver({ 'tests/broken.test.ts': "throw new Error('at load');" });
    assert.deepEqual([status, last], [1, '0 passed, 1 failed']);
    assert.match(stdout, /at load/);
  });

  test('running nothing is a failure', () => {
    const { status, stdout, last } = runOver({ 'tests/a.test.ts': "test('a', () => {});" }, ['no-such-path']);
    assert.deepEqual([status, last], [1, '0 passed, 0 failed']);
    assert.match(stdout, /No test ran for no-such-path/);
  });

  test('arguments choose by path', () => {
    const files = { 'tests/a.test.ts': "test('a', () => {});", 'tests/b.test.ts': "test('b', () => {});" };
    assert.equal(runOver(files, ['b.test']).last, '1 passed, 0 failed');
  });

  test('soak files run only when asked for, and then alone', () => {
    const files = {
      'tests/a.test.ts': "test('a', () => {});",
      'tests/long.soak.test.ts': "test('b', () => {}); test('c', () => {});",
    };
    assert.equal(runOver(files).last, '1 passed, 0 failed');
    assert.equal(runOver(files, ['--soak']).last, '2 passed, 0 failed');
  });

  test('a suite without its service is named with the command that would enable it', () => {
    const { status, stdout, last } = runOver({ 'tests/a.test.ts': missing, 'tests/b.test.ts': missing });
    assert.deepEqual([status, last], [0, '2 passed, 0 failed, 2 skipped']);
    assert.match(
      stdout,
      /Not run\n {2}redis: no redis-server\nTo enable:\n {2}apt-get install redis-server\n/,
    );
  });

  test('LOVAGE_REQUIRE_SERVICES turns that into a failure', () => {
    const { status, last } = runOver({ 'tests/a.test.ts': missing }, [], { LOVAGE_REQUIRE_SERVICES: '1' });
    assert.deepEqual([status, last], [1, '1 passed, 1 failed, 1 skipped']);
  });
});
