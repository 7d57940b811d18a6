import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, ImproperlyConfigured } from '@lovage/app';

test('a control command of one’s own has a name of its own, and a function', () => {
  const app = new App('control', { environment: {} });
  const run = () => ({ ok: 'flushed' });
  app.controlCommand('flush_cache', run).controlCommand('sizes', { run, kind: 'inspect', help: 'Sizes.' });
  assert.deepEqual(app.controlCommands.get('flush_cache'), { name: 'flush_cache', kind: 'control', run });
  assert.equal(app.controlCommands.get('sizes')!.kind, 'inspect');
  for (const name of ['ping', 'dump_active', 'revoke_by_stamped_headers', 'shutdown']) {
    assert.throws(() => app.controlCommand(name, run), /is Celery's own/);
  }
  assert.throws(() => app.controlCommand('flush cache', run), ImproperlyConfigured);
  assert.throws(() => app.controlCommand('flush_cache', run), /defined twice/);
  assert.throws(() => app.controlCommand('x', {} as unknown as { run: typeof run }), /needs a function/);
  assert.equal(app.controlCommands.size, 2);
});
