import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findModule } from '@lovage/app';

/** A folder with these files, empty. */
function folderOf(...files: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-modules-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

suite('the module that a name means', () => {
  const found: readonly (readonly [name: string, file: string, address?: string])[] = [
    ['tasks.ts', 'tasks.ts'],
    ['./tasks.ts', 'tasks.ts'],
    ['tasks', 'tasks.ts'],
    ['proj.tasks', 'proj/tasks.ts'],
    ['proj/tasks', 'proj/tasks.ts'],
    ['proj', 'proj/celery.ts'],
    ['site', 'site/index.js'],
    ['proj.tasks:app', 'proj/tasks.ts', 'proj/tasks.ts:app'],
    ['./tasks.ts:video', 'tasks.ts', 'tasks.ts:video'],
    ['odd:name.ts', 'odd:name.ts'],
    ['pkg', 'node_modules/pkg/main.js'],
    ['pkg:app', 'node_modules/pkg/main.js', 'node_modules/pkg/main.js:app'],
  ];
  const folder = folderOf(
    'tasks.ts',
    'tasks.js',
    'proj/tasks.ts',
    'proj/celery.ts',
    'site/index.js',
    'odd:name.ts',
    'node_modules/pkg/main.js',
  );
  writeFileSync(join(folder, 'node_modules/pkg/package.json'), '{ "name": "pkg", "main": "main.js" }');

  for (const [name, file, address = file] of found) {
    test(`${name} is ${address}`, () => {
      const module = findModule(name, folder);
      assert.equal(module?.file, join(folder, file));
      assert.equal(module?.address, join(folder, address));
      assert.equal(module?.url.startsWith('file://'), true);
    });
  }

  test('an absolute path is itself', () => {
    assert.equal(findModule(join(folder, 'tasks.ts'), '/')?.file, join(folder, 'tasks.ts'));
  });

  test('a file: URL is its file, with or without an export', () => {
    const { href } = pathToFileURL(join(folder, 'tasks.ts'));
    assert.equal(findModule(href, '/')?.address, join(folder, 'tasks.ts'));
    assert.equal(findModule(`${href}:video`, '/')?.address, join(folder, 'tasks.ts:video'));
  });

  for (const name of ['nosuch', 'nosuch:app', 'fs', 'node_modules', 'file:///no/such.ts']) {
    test(`${name} is none`, () => assert.equal(findModule(name, folder), undefined));
  }
});
