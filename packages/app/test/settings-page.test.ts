import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('the reference page of settings is current', () => {
  const tool = join(import.meta.dirname, '..', '..', '..', 'tools', 'gen-settings.ts');
  const { status, stderr } = spawnSync(process.execPath, ['--conditions=lovage-source', tool, '--check'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});
