import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nearest } from '@lovage/contracts/kit';

suite('did you mean', () => {
  const names = ['visibility_timeout', 'virtual_host', 'db', 'synchronous'];
  for (const [slip, meant] of [
    ['visibility_timout', 'visibility_timeout'],
    ['virtual_hots', 'virtual_host'],
    ['SYNCHRONOUS', 'synchronous'],
    ['syncronous', 'synchronous'],
    ['d', 'db'],
    ['xy', undefined],
    ['unheard_of', undefined],
    ['', undefined],
  ] as const) {
    test(`${slip || 'nothing'} means ${meant}`, () => assert.equal(nearest(slip, names), meant));
  }

  test('of two the nearer one, of two alike the first', () => {
    assert.equal(nearest('timelimit', ['timelimits', 'timelimit']), 'timelimit');
    assert.equal(nearest('queue', ['queuea', 'queueb']), 'queuea');
    assert.equal(nearest('queue', []), undefined);
  });
});
