import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  EMPTY_EMBED,
  fullHeaders,
  json,
  type OutgoingHeaders,
  ownHeaders,
  writeTask,
} from '@lovage/protocol';
import fc from 'fast-check';

const ID = 'cc5581c5-9a3f-452d-8628-6b3073e6ad49';

function headersOf(call: Partial<OutgoingHeaders> = {}): Record<string, unknown> {
  const headers = { task: 'shop.pay', id: ID, origin: 'gen7@host', ...call };
  const body = { args: [1], kwargs: {}, embed: EMPTY_EMBED };
  return { ...writeTask(headers, body, { serializer: json, replyTo: '' }).headers };
}

/** Through a store and back, as JSON. */
function kept(headers: Record<string, unknown>, id = ID): unknown {
  const own = ownHeaders(headers, id);
  return own && fullHeaders(JSON.parse(JSON.stringify(own)), id);
}

describe('headers without what is usual', () => {
  test('a plain call has three of its own', () => {
    assert.deepEqual(ownHeaders(headersOf(), ID), {
      task: 'shop.pay',
      argsrepr: '(1,)',
      origin: 'gen7@host',
    });
  });

  test('come back whole, in the order of the wire', () => {
    const headers = headersOf({ custom: { tenant: 'a' } });
    assert.equal(JSON.stringify(kept(headers)), JSON.stringify(headers));
  });

  test('come back whatever any of them says', () => {
    const value = fc.oneof(
      fc.constantFrom(null, '', ID, 0, false, true, '{}', 'js'),
      fc.constantFrom([], {}, [null, null], [null], [0, null], { a: {} }),
      fc.jsonValue(),
    );
    const changed = fc.dictionary(fc.constantFrom(...Object.keys(headersOf()), 'mine', '__proto__'), value);
    fc.assert(
      fc.property(changed, (changes) => {
        const headers = JSON.parse(JSON.stringify(headersOf()));
        for (const [name, own] of Object.entries(changes))
          Object.defineProperty(headers, name, {
            value: own,
            enumerable: true,
            configurable: true,
            writable: true,
          });
        assert.equal(JSON.stringify(kept(headers)), JSON.stringify(headers));
      }),
    );
  });

  test('are kept whole where one of Celery is not among them', () => {
    for (const name of Object.keys(headersOf())) {
      const headers = headersOf();
      delete headers[name];
      assert.equal(ownHeaders(headers, ID), undefined, name);
      assert.equal(ownHeaders({ ...headersOf(), [name]: undefined }, ID), undefined, name);
    }
  });

  test('are not shared between messages', () => {
    const [one, other] = [fullHeaders({}, ID), fullHeaders({}, ID)];
    assert.notEqual(one['stamps'], other['stamps']);
    assert.notEqual(one['timelimit'], other['timelimit']);
  });
});
