import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concluded, failed, meta, succeeded } from './conclude-scene.ts';

const headers = {
  stampedHeaders: ['user', 'ids', 'status'],
  stamps: { user: 'u1', ids: ['1', '2'], status: 'X' },
};

test('resultExtended adds stamps; none under the name of another field', () => {
  const call = { conf: { resultExtended: true }, headers };
  for (const outcome of [succeeded(1), failed(new Error('no'))]) {
    const conclusion = concluded(outcome, call);
    const stored = JSON.parse(new TextDecoder().decode(conclusion.records[0]!.payload));
    assert.deepEqual(Object.keys(stored).slice(-5), ['queue', 'stamped_headers', 'user', 'ids', 'task_id']);
    assert.deepEqual([stored.stamped_headers, stored.user, stored.ids], [['user', 'ids'], 'u1', ['1', '2']]);
    assert.notEqual(stored.status, 'X');
    assert.deepEqual(meta(conclusion).stamps, { user: 'u1', ids: ['1', '2'] });
  }
});

test('without it, or without stamps, nothing is said of them', () => {
  assert.equal(meta(concluded(succeeded(1), { headers })).stamps, undefined);
  assert.equal(meta(concluded(succeeded(1), { conf: { resultExtended: true } })).stamps, undefined);
});
