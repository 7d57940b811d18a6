import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { importsOf } from '../../../tools/layers/imports.ts';

/** What `--help` may load besides files of the command line itself: the parser of command lines. */
const LIGHT = /^(node:|commander$)/;

test('`lovage --help` loads nothing of apps, stores, workers and beat: it answers at once', () => {
  const start = join(import.meta.dirname, '..', 'src', 'main.ts');
  const seen = new Map<string, string>([[start, 'main.ts']]);
  for (const [file, way] of seen) {
    for (const { target, kind, typeOnly } of importsOf(readFileSync(file, 'utf8'))) {
      if (typeOnly || kind !== 'static') continue;
      if (target.startsWith('.')) {
        const path = resolve(file, '..', target);
        if (!seen.has(path)) seen.set(path, `${way} → ${target}`);
      } else assert.match(target, LIGHT, `${way} imports ${target} when it is loaded`);
    }
  }
  assert.ok(seen.size > 20, 'all commands were looked at');
});
