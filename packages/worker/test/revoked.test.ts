import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Revoked } from '../src/revoked.ts';

test('an id is remembered for its time', () => {
  const revoked = new Revoked(10, 1000);
  revoked.add('a', 0);
  assert.equal(revoked.has('a', 999), true);
  assert.equal(revoked.has('a', 1000), false);
  assert.equal(revoked.has('b', 0), false);
});

test('the oldest ids make room for new ones', () => {
  const revoked = new Revoked(3, 1000);
  for (const id of ['a', 'b', 'a', 'c', 'd']) revoked.add(id, 0);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((id) => revoked.has(id, 1)),
    [true, false, true, true],
  );
});
