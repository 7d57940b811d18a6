import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import { parseJson } from '@lovage/protocol';
import fc from 'fast-check';
import { doneIn, membersOf, objectText } from '../src/document.ts';

describe('documents in columns', () => {
  test('members keep the text of their values', () => {
    const members = membersOf(' {"a" : 1.0, "b":[1,{"c":"}]\\"\\\\"}] ,"é\\n": "x\\\\", "n":NaN,"e":{}} ');
    assert.deepEqual(
      [...members],
      [
        ['a', '1.0'],
        ['b', '[1,{"c":"}]\\"\\\\"}]'],
        ['é\n', '"x\\\\"'],
        ['n', 'NaN'],
        ['e', '{}'],
      ],
    );
    assert.equal(membersOf('{}').size, 0);
    assert.equal(objectText({ a: '1', b: undefined, c: null, 'd"': '[]' }), '{"a":1,"d\\"":[]}');
  });

  test('any object comes apart and together again', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        fc.constantFrom(0, 2),
        (object, indent) => {
          const members = membersOf(JSON.stringify(object, null, indent));
          const again = objectText(Object.fromEntries(members));
          assert.deepEqual(parseJson(again), parseJson(JSON.stringify(object)));
        },
      ),
    );
  });

  test('what is no object is refused', () => {
    for (const text of [
      '',
      '[1]',
      '1',
      '{',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '{"a":]}',
      '{a:1}',
      '{"a":"x',
      '{,}',
    ]) {
      assert.throws(() => membersOf(text), DecodeError, text);
    }
  });

  test('a time without an offset is UTC', () => {
    const done = (text: string) => doneIn(membersOf(JSON.stringify({ date_done: text })));
    assert.equal(done('2026-01-02T03:04:05.678901'), '2026-01-02T03:04:05.678901+00:00');
    assert.equal(done('2026-01-02T03:04:05Z'), '2026-01-02T03:04:05Z');
    assert.equal(done('2026-01-02T03:04:05-05:00'), '2026-01-02T03:04:05-05:00');
    assert.equal(doneIn(membersOf('{"date_done":null}')), null);
  });
});
