import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import { EncodeError, loadYaml } from '@lovage/protocol';

const yaml = await loadYaml();
const decode = (text: string): unknown => yaml.decode(Buffer.from(text));

test('there and back', () => {
  for (const value of [
    [1, -2.5, 1e-7, 1e21, 2n ** 70n, Number.NaN, Number.NEGATIVE_INFINITY],
    { yes: 'no', null: '~', '1': '0x10', 'a: b': '- c', ' ': '' },
    'line\nbreaks\u2028\u0085 and \u0007 controls é😀',
    [[], {}, [[{ deep: [null, true] }]]],
  ]) {
    assert.deepEqual(yaml.decode(yaml.encode(value)), value);
  }
});

test("PyYAML's own forms", () => {
  assert.deepEqual(
    decode('- 1\n- yes\n- ~\n- !!binary AQI=\n- 2026-01-02 03:04:05\n- 0x10\n- 1180591620717411303424\n'),
    [1, true, null, new Uint8Array([1, 2]), new Date('2026-01-02T03:04:05Z'), 16, 1180591620717411303424n],
  );
  assert.deepEqual(decode('- &a {k: 1}\n- *a\n'), [{ k: 1 }, { k: 1 }]);
});

test('tags that would run code, bombs of aliases, damage', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < 9; level++) {
    const [name, of] = ['abcdefghijk'[level]!, 'abcdefghijk'[level - 1]!];
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${of}`).join(',')}]`);
  }
  for (const text of ['!!python/object/apply:os.system ["true"]', bomb.join('\n'), '{', 'a: b: c', '[1']) {
    assert.throws(() => decode(text), DecodeError, text.slice(0, 40));
  }
  const proto = decode('__proto__: {a: 1}') as object;
  assert.equal(Object.getPrototypeOf(proto), Object.prototype);
});

test('what has no form is refused by name', () => {
  assert.throws(() => yaml.encode({ a: new Map() }), EncodeError);
});
