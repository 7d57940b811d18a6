import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkLayers } from '../../tools/check-layers.ts';

const made: string[] = [];
after(() => made.forEach((folder) => void rmSync(folder, { recursive: true, force: true })));

/** The faults of a repository that holds these files. */
function faultsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'lovage-layers-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkLayers(root);
}

suite('layers', () => {
  test('hold in this repository', () => {
    assert.deepEqual(checkLayers(fileURLToPath(new URL('../..', import.meta.url))), []);
  });

  test('what is allowed is no fault', () => {
    const faults = faultsOf({
      'package.json': '{"devDependencies": {"zod": "4"}}',
      'packages/contracts/kit/a.ts': "import { x } from '../src/index.ts';\nexport { b } from './b.ts';",
      'packages/contracts/kit/b.ts': "import type { a } from './a.ts';",
      'packages/contracts/src/index.ts': '',
      'packages/worker/src/a.ts': "import { App } from '@lovage/app';\nimport 'node:net';",
      'packages/worker/test/a.test.ts':
        "import '../src/a.ts';\nimport '@lovage/contracts/conformance';\nimport '../../../tools/services.ts';",
      'packages/cli/src/load.ts': "const driver = await import('@lovage/redis');",
      'tests/a.test.ts':
        "import 'lovage';\nimport { z } from 'zod';\nimport 'zod/mini';\n// import './nowhere/../../../shared/x.ts';",
    });
    assert.deepEqual(faults, []);
  });

  // Between backticks where this very file would else seem to hold the fault.
  const broken: Readonly<Record<string, readonly [files: Record<string, string>, fault: RegExp]>> = {
    'a room that imports from above': [
      { 'packages/app/src/a.ts': "\nimport {\n  Worker,\n} from '@lovage/worker';" },
      /^packages\/app\/src\/a\.ts:4: may not import '@lovage\/worker'$/,
    ],
    'a driver that imports another': [
      { 'drivers/sqlite/src/a.ts': "export * from '@lovage/redis';" },
      /may not import '@lovage\/redis'/,
    ],
    'a type from above': [
      { 'packages/protocol/src/a.ts': "import type { App } from '@lovage/app';" },
      /may not import '@lovage\/app'/,
    ],
    'a socket in the protocol': [
      { 'packages/protocol/src/a.ts': "import { connect } from 'node:net';" },
      /may not import 'node:net'/,
    ],
    'a library that is not on the list': [
      { 'packages/worker/src/a.ts': "import _ from 'lodash';" },
      /may not import 'lodash'/,
    ],
    'a library that nobody declares': [
      { 'package.json': '{}', 'tests/a.ts': "import _ from 'lodash/fp';" },
      /'lodash' is in no package.json/,
    ],
    'a driver that the command line imports at once': [
      { 'packages/cli/src/a.ts': "import { driver } from '@lovage/redis';" },
      /only be loaded when needed/,
    ],
    'exams in a product': [
      { 'drivers/redis/src/a.ts': "import { sit } from '@lovage/contracts/conformance';" },
      /may not import/,
    ],
    'a deep import by name': [
      { 'tests/a.ts': "import { x } from '@lovage/app/src/app.ts';" },
      /goes past the door of its package; import '@lovage\/app'/,
    ],
    'a deep import by path': [
      { 'packages/worker/src/a.ts': "import { x } from '../../app/src/app.ts';" },
      /may not reach/,
    ],
    'a deep import by path, from an application': [
      { 'apps/clinic/src/a.ts': "import { x } from '../../../packages/app/src/app.ts';" },
      /may not reach/,
    ],
    'sources that import their tests': [
      { 'packages/worker/src/a.ts': "import { x } from '../test/x.ts';" },
      /may not reach/,
    ],
    'contracts that import their kit': [
      { 'packages/contracts/src/a.ts': "import { x } from '../kit/x.ts';" },
      /may not reach/,
    ],
    'an import from outside the repository': [
      { 'tests/a.ts': "import { x } from '../../shared/x.ts';" },
      /outside the repository/,
    ],
    'a file outside the repository': [
      { 'tests/a.ts': `const captures = new URL('../../shared/captures/', import.meta.url);` },
      /outside the repository/,
    ],
    'a path of one machine': [
      { 'tests/a.ts': `const x = await import('/home/me/x.ts');` },
      /path of one machine/,
    ],
    'a cycle of files': [
      {
        'packages/app/src/a.ts': "import { b } from './b.ts';",
        'packages/app/src/b.ts': "export { c } from './c.ts';",
        'packages/app/src/c.ts': "const a = await import('./a.ts');",
      },
      /^cycle of files: packages\/app\/src\/a\.ts -> .*b\.ts -> .*c\.ts -> packages\/app\/src\/a\.ts$/,
    ],
    'a cycle of packages': [
      {
        'packages/app/package.json': '{"name": "@lovage/app"}',
        'packages/worker/package.json': '{"name": "@lovage/worker"}',
        'packages/app/src/a.ts': "import '@lovage/worker';",
        'packages/worker/src/a.ts': "import '@lovage/app';",
      },
      /^cycle of packages: packages\/app -> packages\/worker -> packages\/app$/,
    ],
    'a long file': [{ 'packages/app/src/a.ts': '\n'.repeat(301) }, /301 lines, 300 at most/],
    'a file in no room': [{ 'packages/app/misc/a.ts': '' }, /in no room/],
  };

  for (const [what, [files, fault]] of Object.entries(broken)) {
    test(`${what} is found`, () => {
      const faults = faultsOf(files);
      assert.ok(
        faults.some((each) => fault.test(each)),
        `${fault} is not among ${JSON.stringify(faults, null, 2)}`,
      );
    });
  }

  test('exams may be long', () => {
    assert.deepEqual(faultsOf({ 'packages/contracts/conformance/a.ts': '\n'.repeat(400) }), []);
  });
});
