import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import {
  argsRepr,
  EncodeError,
  errorRepr,
  json,
  jsonPlain,
  parseJson,
  saferepr,
  stringifyJson,
  stringRepr,
} from '@lovage/protocol';
import { capture } from './captures.ts';

const decode = (text: string): unknown => json.decode(Buffer.from(text));
const encode = (value: unknown): string => Buffer.from(json.encode(value)).toString();

describe('JSON from Python', () => {
  test('literals that are no JSON, outside strings only', () => {
    assert.deepEqual(decode('[NaN, Infinity, -Infinity, "NaN \\" Infinity", {"NaN": NaN}]'), [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      'NaN " Infinity',
      { NaN: Number.NaN },
    ]);
    assert.throws(() => decode('[NaNs]'), DecodeError);
    assert.throws(() => decode('["NaN'), DecodeError);
  });

  test('integers past 2^53 keep every digit, floats stay numbers', () => {
    const text = '[9007199254740991,9007199254740993,-1180591620717411303424,1e300,123456789012345678.5]';
    const value = decode(text) as unknown[];
    assert.deepEqual(value, [
      9007199254740991,
      9007199254740993n,
      -1180591620717411303424n,
      1e300,
      123456789012345680,
    ]);
    assert.equal(encode(value.slice(0, 3)), '[9007199254740991,9007199254740993,-1180591620717411303424]');
    assert.deepEqual(decode('[NaN,9007199254740993]'), [Number.NaN, 9007199254740993n]);
    assert.throws(() => decode('9'.repeat(5000)), DecodeError);
  });

  test('keys that mean something to JavaScript are only keys', () => {
    const value = decode(
      '{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}},"x":{"__type__":"date","__value__":"d"}}',
    );
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor', 'x']);
    assert.equal(({} as Record<string, unknown>)['a'], undefined);
    const inside = decode('{"__proto__":{"__type__":"decimal","__value__":"1"}}') as object;
    assert.equal(Object.getOwnPropertyDescriptor(inside, '__proto__')!.value, '1');
  });

  test('depth and damage', () => {
    assert.throws(() => decode(`${'['.repeat(600)}${']'.repeat(600)}`), /deeper than 512/);
    assert.throws(() => decode(`${'['.repeat(200_000)}`), DecodeError);
    assert.throws(
      () => decode(`[9007199254740993,${'['.repeat(100_000)}${']'.repeat(100_000)}]`),
      DecodeError,
    );
    assert.ok(decode(`${'['.repeat(500)}${']'.repeat(500)}`));
    assert.throws(() => json.decode(new Uint8Array([0x22, 0xff, 0x22])), DecodeError);
  });

  for (const version of ['5.2.6', '5.6.3'] as const) {
    test(`what kombu of ${version} writes is read`, () => {
      const rows = (
        capture('104-vectors', version).raw as Record<string, readonly (readonly [string, string])[]>
      )['kombu json dumps']!;
      const read = new Map(
        rows.filter(([, text]) => !text.startsWith('ERR')).map(([name, text]) => [name, decode(text)]),
      );
      const typed = version === '5.6.3';
      assert.deepEqual(
        read.get('datetime utc'),
        typed ? new Date('2026-01-02T03:04:05.678Z') : '2026-01-02T03:04:05.678900Z',
      );
      assert.deepEqual(read.get('uuid'), '00000000-0000-0000-0000-000000000001');
      assert.deepEqual(read.get('decimal'), '1.50');
      assert.deepEqual(read.get('bigint'), 1180591620717411303424n);
      assert.deepEqual(read.get('unicode'), 'é😀');
      assert.deepEqual(read.get('key None'), { null: 1 });
      assert.deepEqual(read.get('inf'), Number.NEGATIVE_INFINITY);
      if (typed) assert.deepEqual(read.get('bytes bin'), new Uint8Array([255, 0]));
    });
  }

  test('wrappers: exactly two keys, a known type, a sound value', () => {
    assert.deepEqual(decode('{"__type__":"date","__value__":"2026-01-02","x":1}'), {
      __type__: 'date',
      __value__: '2026-01-02',
      x: 1,
    });
    for (const text of [
      '{"__type__":"set","__value__":[1]}',
      '{"__type__":"datetime","__value__":"yesterday"}',
      '{"__type__":"datetime","__value__":5}',
      '{"__type__":"uuid","__value__":{"hex":"1"}}',
      '{"__type__":"uuid","__value__":null}',
      '{"__type__":1,"__value__":null}',
    ]) {
      assert.throws(() => decode(text), DecodeError, text);
    }
  });
});

describe('JSON for Python', () => {
  test('what JSON has is written as JSON.stringify does', () => {
    for (const value of [
      1,
      'a"é\u2028',
      null,
      true,
      [1, [2]],
      { a: { b: [] }, u: undefined },
      Object.create(null),
    ]) {
      assert.equal(encode(value), JSON.stringify(value));
    }
  });

  test('what it has not, as Python would', () => {
    assert.equal(
      encode([Number.NaN, Number.NEGATIVE_INFINITY, 2n ** 64n]),
      '[NaN,-Infinity,18446744073709551616]',
    );
    assert.equal(
      encode({ toJSON: () => [new Date(0)] }),
      '[{"__type__":"datetime","__value__":"1970-01-01T00:00:00.000000+00:00"}]',
    );
    assert.equal(encode(new URL('http://a/')), '"http://a/"');
    assert.equal(Buffer.from(jsonPlain.encode([new Date(5)])).toString(), '["1970-01-01T00:00:00.005000Z"]');
    assert.equal(encode({ a: undefined, b: 1n }), '{"b":1}');
  });

  test('what has no form is refused by name', () => {
    class Point {
      x = 1;
    }
    const cycle: Record<string, unknown> = {};
    cycle['self'] = [cycle];
    const shared = { a: 1n };
    const refused: readonly (readonly [unknown, RegExp])[] = [
      [undefined, /^the value is undefined/],
      [[1, undefined], /^\[1\] is undefined/],
      [{ a: { 'b-c': new Map() } }, /^a\["b-c"\] is a Map/],
      [{ a: [new Set()] }, /^a\[0\] is a Set/],
      [[() => 1], /is a function/],
      [[Symbol('s')], /is a symbol/],
      [[new Point()], /is a Point/],
      [[new Error('x')], /is a Error|is an Error/],
      [[Promise.resolve()], /await it first/],
      [cycle, /^self\[0\] contains itself/],
      [[new Date(Number.NaN)], /invalid/],
      [new Float64Array(2), /is a Float64Array/],
    ];
    for (const [value, message] of refused) {
      assert.throws(
        () => encode(value),
        (error) => error instanceof EncodeError && message.test(error.message),
        String(message),
      );
    }
    assert.equal(encode([shared, shared]), '[{"a":1},{"a":1}]');
    assert.throws(() => jsonPlain.encode([new Uint8Array(1)]), EncodeError);
    let deep: unknown = 1n;
    for (let level = 0; level < 600; level++) deep = [deep];
    assert.throws(() => encode(deep), EncodeError);
  });

  test('typed values survive the way there and back', () => {
    const value = {
      at: new Date(1234),
      bytes: new Uint8Array([1, 200]),
      text: new Uint8Array([65]),
      big: 2n ** 70n,
    };
    assert.deepEqual(decode(encode(value)), value);
    assert.deepEqual(parseJson(stringifyJson({ a: 1 })), { a: 1 });
  });
});

describe('reprs as Celery shows them', () => {
  const rows = (name: string) =>
    new Map(
      (capture('104-vectors', '5.6.3').raw as Record<string, readonly (readonly [string, string])[]>)[name]!,
    );
  const free = (args: readonly unknown[]) => argsRepr(args, Number.POSITIVE_INFINITY);

  test('values', () => {
    const expected = rows('saferepr(maxlen None)');
    const nested: unknown[] = [[[[1]]]];
    const cases: Readonly<Record<string, string>> = {
      '(1,2)': free([1, 2]),
      '(1,)': free([1]),
      '()': free([]),
      '[]': saferepr([]),
      '{}': saferepr({}),
      "['a','é','\\n']": saferepr(['a', 'é', '\n']),
      "it's": free(["it's"]),
      'dq"': free(['a"b']),
      both: free(['a\'b"c']),
      'None/True': free([null, true, false]),
      big: free([10n ** 30n]),
      bytes: free([new Uint8Array([0x61, 0x62, 0xff])]),
      'kwargs order': saferepr({ z: 1, a: 2 }),
      depth4: saferepr(nested),
      depth5: saferepr([nested]),
      'dict depth': saferepr({ a: { b: { c: { d: 1 } } } }),
      set: saferepr(new Set([1])),
      emptyset: saferepr(new Set()),
      'long str': free(['x'.repeat(2000)]),
      'long list': saferepr(Array.from({ length: 600 }, (_, index) => index)),
      datetime: free([new Date('2026-01-02T00:00:00Z')]),
      'unicode key': saferepr({ ключ: 'знач' }),
      emoji: free(['😀']),
      ctrl: free(['\x00\x1b\t']),
    };
    for (const [name, text] of Object.entries(cases)) {
      if (name === 'long str') assert.equal(text, `('${'x'.repeat(2000)}',)`);
      else assert.equal(text, expected.get(name), name);
    }
    assert.equal(
      free([1, 1e20, 1e-7, 0.1, Number.POSITIVE_INFINITY, Number.NaN]),
      '(1, 100000000000000000000, 1e-07, 0.1, inf, nan)',
    );
  });

  test('cut at 1024 characters', () => {
    const expected = rows('saferepr(maxlen 1024) argsrepr');
    const strings = Array.from({ length: 200 }, (_, index) => `item${index}`);
    const cases: Readonly<Record<string, string>> = {
      "'x'*2000": argsRepr(['x'.repeat(2000)], 1024),
      'range(600)': saferepr(
        Array.from({ length: 600 }, (_, index) => index),
        { maxLength: 1024 },
      ),
      "{'k':['y'*1500]}": saferepr({ k: ['y'.repeat(1500)] }, { maxLength: 1024 }),
      "('x'*1020,)": argsRepr(['x'.repeat(1020)], 1024),
      'many strs': argsRepr(strings, 1024),
      'dict many': saferepr(Object.fromEntries(strings.map((_, index) => [`key${index}`, `val${index}`])), {
        maxLength: 1024,
      }),
    };
    for (const [name, text] of Object.entries(cases)) assert.equal(text, expected.get(name), name);
    assert.ok(argsRepr(['😀'.repeat(1000)], 1024).isWellFormed());
  });

  test('a value that contains itself', () => {
    const list: unknown[] = [1];
    list.push(list);
    assert.equal(saferepr(list), '[1, [...]]');
  });

  test('strings and errors as Python itself shows them', () => {
    assert.equal(stringRepr("a'b"), '"a\'b"');
    assert.equal(stringRepr('a\'b"\n\x00é\u200b\\'), "'a\\'b\"\\n\\x00é\\u200b\\\\'");
    assert.equal(
      errorRepr({ type: 'Outer.Inner', message: ['x', 1, null], module: 'm' }),
      "Inner('x', 1, None)",
    );
  });
});
