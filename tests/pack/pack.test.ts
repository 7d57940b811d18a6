import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { ROOT } from '../../tools/workspaces.ts';
import { buildAndPack, installed, outside, type Packed, run } from './packed.ts';
import { asJavaScript, readmeExamples } from './readme.ts';

/** Who looks for modules so cannot load ours at all, and is told so. */
const NOT_ESM: ReadonlySet<string> = new Set(['node10', 'node16-cjs']);

/** Still the system's Node where the pinned one is first on the path. */
const SYSTEM_NODE = '/usr/bin/node';

suite('what npm would publish', () => {
  let packed: Packed;
  let project: string;
  before(() => {
    packed = buildAndPack();
    project = installed(packed);
  });
  after(() => packed[Symbol.dispose]());

  test('publint finds nothing wrong with any package', async () => {
    const { publint } = await import('publint');
    const { formatMessage } = await import('publint/utils');
    for (const { name, file } of packed.tarballs) {
      const bytes = readFileSync(file);
      const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
      assert.deepEqual(
        messages.map((message) => formatMessage(message, pkg)),
        [],
        name,
      );
    }
  });

  test('the types of every package are right for ESM', async () => {
    // In one process: to start TypeScript for each of them takes longer than all it has to say.
    for (const { name, file } of packed.tarballs) {
      const analysis = await checkPackage(createPackageFromTarballData(readFileSync(file)), {
        // `lovage/bin` is a program to run, not a module to import.
        excludeEntrypoints: ['bin'],
      });
      assert.ok(analysis.types, `${name} has no types`);
      const wrong = analysis.problems.filter(
        (problem) => !('resolutionKind' in problem && NOT_ESM.has(problem.resolutionKind)),
      );
      assert.deepEqual(wrong, [], name);
    }
  });

  test('`npx lovage --help` answers', () => {
    assert.match(
      run('npx', ['--no-install', 'lovage', '--help'], project),
      /^Usage: lovage .*\n[\s\S]*worker/,
    );
  });

  const oldNode = existsSync(SYSTEM_NODE) && isOld(run(SYSTEM_NODE, ['--version'], ROOT).trim());
  test('an older Node is told so in one line', {
    skip: oldNode ? false : `${SYSTEM_NODE} is no older Node`,
  }, () => {
    const bin = join(project, 'node_modules', 'lovage', 'bin', 'lovage.js');
    const { status, stdout, stderr } = spawnSync(SYSTEM_NODE, [bin, 'worker'], {
      encoding: 'utf8',
      env: outside(),
    });
    assert.notEqual(status, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /^lovage needs Node >= 22\.18, this is v\d+\.\d+\.\d+ .*\n$/);
  });

  test("README's example compiles against the published types", () => {
    const folder = write('types', readmeExamples());
    mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(folder, 'node_modules', '@types', 'node'));
    const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
    const flags = [...strict, '--allowImportingTsExtensions', '--exactOptionalPropertyTypes'];
    const { status, stdout } = spawnSync(join(ROOT, 'node_modules', '.bin', 'tsc'), [...flags, 'call.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
  });

  for (const [language, examples, ending] of [
    ['TypeScript', readmeExamples(), 'ts'],
    ['JavaScript', asJavaScript(readmeExamples()), 'js'],
  ] as const) {
    test(`README's first example runs in ${language}`, async () => {
      const folder = write(language, examples);
      const bin = join(project, 'node_modules', '.bin', 'lovage');
      const worker = spawn(bin, ['worker', '-A', `./tasks.${ending}`, '-c', '2', '-l', 'info'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: outside(),
      });
      let said = '';
      for (const stream of [worker.stdout, worker.stderr]) stream.on('data', (chunk) => (said += chunk));
      const ended = once(worker, 'exit');
      try {
        const { status, stdout, stderr } = spawnSync('node', [`call.${ending}`], {
          cwd: folder,
          encoding: 'utf8',
          timeout: 120_000,
          env: outside(),
        });
        assert.deepEqual([status, stdout], [0, '5\n{ paid: 1250, attempt: 1 }\n'], `${stderr}\n${said}`);
      } finally {
        worker.kill('SIGTERM');
        assert.deepEqual(await ended, [0, null], said);
      }
    });
  }

  /** A folder beside the others in the project, so that `lovage` is found from it. */
  function write(name: string, files: ReadonlyMap<string, string>): string {
    const folder = join(project, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    for (const [path, text] of files) writeFileSync(join(folder, path), text);
    assert.ok(files.size >= 2, 'README shows tasks and a caller under <!-- example: … -->');
    return folder;
  }
});

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  return major < 22 || (major === 22 && minor < 18);
}
