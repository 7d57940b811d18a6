import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import { parseJson, stringifyJson } from '@lovage/protocol';
import fc from 'fast-check';
import { PYTHON, requireService } from '../../../tools/services.ts';
import { unpickle } from '../src/pickle/read.ts';
import { toJson } from '../src/pickle/to-json.ts';
import { pickle } from '../src/pickle/write.ts';

/** Runs Python on a JSON document, and answers what it printed as JSON. */
function python<T>(code: string, given: unknown): T {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', code], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as T;
}

const read = (bytes: Uint8Array): unknown => parseJson(toJson(unpickle(bytes)));
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Values of JSON, with the numbers at which Python's forms change. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, -1, 255, 256, 65_535, 65_536, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, ''),
    fc.integer(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((n) => !Number.isInteger(n) || Number.isSafeInteger(n))
      .map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).filter((n) => !Number.isSafeInteger(Number(n))),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 20 }), tie('value'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
})).value;

describe('pickles of plain data', () => {
  const skip = requireService('celery');

  test('what Python pickles is read, whatever its protocol', { skip }, () => {
    const all = fc.sample(values, 300);
    const pickles = python<string[][]>(
      `
import json, pickle, sys
print(json.dumps([[pickle.dumps(json.loads(each), protocol).hex() for protocol in range(2, 6)] for each in json.load(sys.stdin)]))`,
      all.map((each) => stringifyJson(each)),
    );
    for (const [i, forms] of pickles.entries()) {
      for (const form of forms) assert.deepEqual(read(hex(form)), all[i]);
    }
  });

  test('what we pickle is read by Python, whole numbers as int, others as float', { skip }, () => {
    const all = fc.sample(values, 300);
    const told = python<[string, string][]>(
      `
import json, pickle, sys
read = [pickle.loads(bytes.fromhex(each)) for each in json.load(sys.stdin)]
print(json.dumps([[json.dumps(each), type(each).__name__] for each in read]))`,
      all.map((each) => pickle(each).toString('hex')),
    );
    for (const [i, [text, type]] of told.entries()) {
      const value = all[i];
      assert.deepEqual(parseJson(text), value);
      if (typeof value === 'bigint' || Number.isSafeInteger(value)) assert.equal(type, 'int');
      else if (typeof value === 'number') assert.equal(type, 'float');
    }
  });

  test('the types besides that results often have', { skip }, () => {
    const pickles = python<string[]>(
      `
import datetime, decimal, json, pickle, sys, uuid
utc = datetime.timezone.utc
print(json.dumps([pickle.dumps(each).hex() for each in [
    datetime.datetime(2026, 1, 2, 3, 4, 5, 678901), datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=utc),
    datetime.date(2026, 1, 2), decimal.Decimal('1.50'), uuid.UUID('cc5581c5-9a3f-452d-8628-6b3073e6ad49'),
    b'bytes', b'\\xff', (1, (2,)), {3}, {1: 'a', None: 'b', True: 'c'},
]]))`,
      null,
    );
    assert.deepEqual(pickles.map(hex).map(read), [
      { __type__: 'datetime', __value__: '2026-01-02T03:04:05.678901' },
      { __type__: 'datetime', __value__: '2026-01-02T03:04:05.000000+00:00' },
      { __type__: 'date', __value__: '2026-01-02' },
      { __type__: 'decimal', __value__: '1.50' },
      { __type__: 'uuid', __value__: { hex: 'cc5581c59a3f452d86286b3073e6ad49' } },
      { __type__: 'bytes', __value__: 'bytes' },
      { __type__: 'base64', __value__: '/w==' },
      [1, [2]],
      [3],
      { 1: 'c', null: 'b' },
    ]);
  });

  test('what would run something is refused by its name', { skip }, () => {
    const pickles = python<string[]>(
      `
import json, os, pickle, pickletools, sys, datetime
class Evil:
    def __reduce__(self): return os.system, ('touch /tmp/pwned',)
class Mine: pass
zone = datetime.timezone(datetime.timedelta(hours=2))
print(json.dumps([pickle.dumps(each).hex() for each in [
    Evil(), [1, {'a': Evil()}], Mine(), os.system, datetime.datetime(2026, 1, 1, tzinfo=zone), {(1, 2): 3}]]))`,
      null,
    );
    const names = [
      /posix\.system/,
      /posix\.system/,
      /Mine/,
      /posix\.system/,
      /datetime\.datetime/,
      /dict with a key/,
    ];
    for (const [i, each] of pickles.entries()) {
      assert.throws(
        () => read(hex(each)),
        (error: Error) => error instanceof DecodeError && names[i]!.test(error.message),
        each,
      );
    }
  });

  test('signs that plain data has no use for are refused', () => {
    const refused: Record<string, string> = {
      'a persistent id, by text': '8004 50 610a 2e',
      'a persistent id': '8004 51 2e',
      'a class by its number': '8004 82 01 2e',
      'an instance by text': '8004 28 69 610a 620a 2e',
      'a number by text': '49 310a 2e',
      'a buffer beside': '8005 97 2e',
      'a later protocol': '8006 4e 2e',
      'two values': '8004 4e 4e 2e',
      'no value': '8004 2e',
    };
    for (const [what, bytes] of Object.entries(refused))
      assert.throws(() => read(hex(bytes)), DecodeError, what);
  });

  test('one that is damaged is refused, and nothing worse', () => {
    const whole = pickle({ list: [1, 2.5, null, true, 2n ** 70n], text: 'é'.repeat(20), deep: [[[{}]]] });
    for (let size = 0; size < whole.byteLength; size += 1) {
      assert.throws(() => read(whole.subarray(0, size)), DecodeError, `cut to ${size}`);
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const changed = Buffer.from(whole);
          for (const [at, byte] of changes) changed[at] = byte;
          try {
            read(changed);
          } catch (error) {
            assert.ok(error instanceof DecodeError, String((error as Error).stack));
          }
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof DecodeError, String((error as Error).stack));
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('one that would be far larger than it is, is refused', () => {
    // A list of ten times the list before, thirty times over.
    const levels = Array.from(
      { length: 30 },
      (_, i) => `5d 94 28 ${`68${i.toString(16).padStart(2, '0')}`.repeat(10)} 65`,
    );
    assert.throws(() => read(hex(`8004 28 5d 94 ${levels.join('')} 74 2e`)), /too many parts/);
    assert.throws(() => read(hex('8004 5d 94 68 00 61 2e')), /within itself/);
    assert.throws(() => read(hex('8004 8b ffffff7f 2e')), DecodeError);
    assert.throws(() => read(hex('8004 8e ffffffffffffffff 2e')), DecodeError);
  });
});
