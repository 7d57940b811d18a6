import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Revocation } from '@lovage/contracts';
import { LimitedSet } from '../src/revoked/limited-set.ts';
import { revokedLimits } from '../src/revoked/limits.ts';
import { Revoked, stampText } from '../src/revoked/revoked.ts';

const message = (id: string, stamps: Readonly<Record<string, unknown>> = {}) => ({
  id,
  stamps,
  stampedHeaders: Object.keys(stamps),
});
const ofId = (taskId: string, untilMs = 1000): Revocation => ({ kind: 'id', taskId, untilMs });
const ofStamp = (header: string, value: string, untilMs = 1000): Revocation => ({
  ...{ kind: 'stamp', header, value, untilMs },
});

suite('a limited set', () => {
  test('keeps a text until its end', () => {
    const set = new LimitedSet(10);
    assert.equal(set.add('a', 1000, 0), true);
    assert.deepEqual([set.has('a', 999), set.has('a', 1000), set.has('b', 0)], [true, false, false]);
  });

  test('the later end wins, and only that is a change', () => {
    const set = new LimitedSet(10);
    set.add('a', 1000, 0);
    assert.deepEqual(
      [set.add('a', 900, 0), set.add('a', 1000, 0), set.add('a', 2000, 0)],
      [false, false, true],
    );
    assert.equal(set.has('a', 1999), true);
    assert.equal(set.add('over', 5, 5), false);
    assert.equal(set.has('over', 0), false);
  });

  test('the oldest make room, and what is added again for longer is young', () => {
    const set = new LimitedSet(3);
    for (const [i, text] of ['a', 'b', 'a', 'c', 'd'].entries()) set.add(text, 1000 + i, 0);
    assert.deepEqual(
      [...set.entries(1)].map(([text]) => text),
      ['a', 'c', 'd'],
    );
    assert.equal(set.size, 3);
  });

  test('forgets what has ended, when something is added and when it is listed', () => {
    const set = new LimitedSet(10);
    set.add('a', 10, 0);
    set.add('b', 10, 0);
    set.add('c', 1000, 20);
    assert.equal(set.size, 1);
    set.add('d', 30, 20);
    assert.deepEqual([...set.entries(40)], [['c', 1000]]);
    assert.equal(set.size, 1);
  });
});

suite('revoked tasks', () => {
  test('by id', () => {
    const revoked = new Revoked({ max: 10 });
    assert.equal(revoked.has(message('a'), 0), false);
    revoked.add([ofId('a'), ofId('b', 500)], 0);
    assert.deepEqual(
      [revoked.has(message('a'), 999), revoked.has(message('a'), 1000), revoked.has(message('c'), 0)],
      [true, false, false],
    );
    assert.deepEqual([revoked.ids(0), revoked.ids(700)], [['a', 'b'], ['a']]);
  });

  test('by a stamp: equal to the value, or a list that has it', () => {
    const revoked = new Revoked({ max: 10 });
    revoked.add([ofStamp('tenant', 'acme'), ofStamp('tenant', '7'), ofStamp('flags', 'true')], 0);
    const is = (stamps: Readonly<Record<string, unknown>>) => revoked.has(message('x', stamps), 0);
    for (const stamps of [
      { tenant: 'acme' },
      { tenant: ['other', 'acme'] },
      { tenant: 7 },
      { tenant: [7] },
      { region: 'eu', tenant: 'acme' },
      { flags: true },
    ]) {
      assert.equal(is(stamps), true, JSON.stringify(stamps));
    }
    for (const stamps of [{}, { tenant: 'acme2' }, { tenant: [] }, { tenant: null }, { acme: 'tenant' }]) {
      assert.equal(is(stamps), false, JSON.stringify(stamps));
    }
    assert.equal(revoked.has(message('x', { tenant: 'acme' }), 1000), false);
    assert.deepEqual(revoked.ids(0), []);
  });

  test('only headers that the message names as stamps count', () => {
    const revoked = new Revoked({ max: 10 });
    revoked.add([ofStamp('tenant', 'acme'), ofStamp('constructor', 'acme')], 0);
    const stamps = { tenant: 'acme' };
    assert.equal(revoked.has({ id: 'x', stamps, stampedHeaders: null }, 0), false);
    assert.equal(revoked.has({ id: 'x', stamps, stampedHeaders: ['other', 'constructor'] }, 0), false);
    assert.equal(revoked.has({ id: 'x', stamps, stampedHeaders: ['other', 'tenant'] }, 0), true);
  });

  test('says by which stamp, as the message has it', () => {
    const revoked = new Revoked({ max: 10 });
    revoked.add([ofStamp('tenant', 'acme')], 0);
    assert.deepEqual(revoked.stamp(message('x', { region: 'eu', tenant: ['b', 'acme'] }), 0), {
      tenant: ['b', 'acme'],
    });
    assert.equal(revoked.stamp(message('x', { region: 'eu' }), 0), undefined);
  });

  test('all of them, as they were added; a change is counted once', () => {
    const revoked = new Revoked({ max: 10 });
    const given = [ofId('a'), ofStamp('h"', 'v,'), ofId('b', 500)];
    revoked.add(given, 0);
    const before = revoked.changes;
    revoked.add(given, 0);
    assert.equal(revoked.changes, before);
    revoked.add([ofId('a', 2000)], 0);
    assert.ok(revoked.changes > before);
    assert.deepEqual(revoked.all(700), [ofId('a', 2000), ofStamp('h"', 'v,')]);
  });

  test('ids and stamps are bounded each', () => {
    const revoked = new Revoked({ max: 2 });
    for (const name of ['a', 'b', 'c']) revoked.add([ofId(name), ofStamp('h', name)], 0);
    assert.deepEqual(revoked.all(0), [ofId('b'), ofId('c'), ofStamp('h', 'b'), ofStamp('h', 'c')]);
  });

  test('a text stands for itself, anything else for its JSON', () => {
    assert.deepEqual(['a', 7, true, null, { b: 1 }].map(stampText), ['a', '7', 'true', 'null', '{"b":1}']);
  });
});

suite('limits of revocations', () => {
  test("are Celery's, or what its environment variables say", () => {
    assert.deepEqual(revokedLimits({}), { max: 50_000, keepMs: 10_800_000 });
    const set = { CELERY_WORKER_REVOKES_MAX: '10', CELERY_WORKER_REVOKE_EXPIRES: '1.5' };
    assert.deepEqual(revokedLimits(set), { max: 10, keepMs: 1500 });
    assert.deepEqual(revokedLimits({ CELERY_WORKER_REVOKES_MAX: '' }).max, 50_000);
  });

  for (const [name, value] of [
    ['CELERY_WORKER_REVOKES_MAX', 'many'],
    ['CELERY_WORKER_REVOKES_MAX', '0'],
    ['CELERY_WORKER_REVOKES_MAX', '1.5'],
    ['CELERY_WORKER_REVOKE_EXPIRES', 'never'],
    ['CELERY_WORKER_REVOKE_EXPIRES', '-1'],
  ] as const) {
    test(`${name}=${value} is refused by name`, () => {
      assert.throws(() => revokedLimits({ [name]: value }), {
        name: 'ImproperlyConfigured',
        message: new RegExp(`${name} must be .*, not ${value}`),
      });
    });
  }
});
