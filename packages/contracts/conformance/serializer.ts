import assert from 'node:assert/strict';
import { DecodeError, type Serializer } from '../src/index.ts';
import { bytesOf, textOf } from './bytes.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';

export interface SerializerWorld extends ExamWorld {
  readonly serializer: Serializer;
}

/** What every serializer carries unchanged. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  -2.5e-7,
  2 ** 53 - 1,
  '',
  'plain',
  'é ☃ 😀 \u0000 \u2028 " \\ \n',
  '12',
  'null',
  'true',
  '2026-01-02T03:04:05',
  '~',
  '- a: 1',
  [],
  {},
  [[], [[]], {}],
  [null, 'x', 1],
  { 'ünï ☃': { nested: [1, { deep: true }] }, '': 'empty key', '1': 'number-like key' },
  { task: 'x', args: [1, 2], kwargs: { a: null }, embed: { callbacks: null } },
];

/** Nothing that a serializer of its content type could have written, or not all of it. */
function damaged({ encode, contentEncoding }: Serializer): Uint8Array[] {
  const whole = encode({ list: [1, 'two', { three: 3 }], text: 'é' });
  const cuts = Array.from({ length: whole.length }, (_, i) => whole.subarray(0, i));
  const flipped = Array.from({ length: whole.length }, (_, i) =>
    whole.map((byte, at) => (at === i ? 255 - byte : byte)),
  );
  const texts = ['{', '[1,', '"', '{"a":', '{]', '[}', 'nul', '\u0000', '@@@ : : [', '{{{{'];
  const bytes = [
    Uint8Array.of(0xff, 0xfe),
    Uint8Array.of(0xc3),
    Uint8Array.from({ length: 256 }, (_, i) => i),
  ];
  return [...cuts, ...flipped, ...bytes, ...(contentEncoding === 'utf-8' ? texts.map(bytesOf) : [])];
}

function serializerCase(name: string, body: (serializer: Serializer) => void): ExamCase<SerializerWorld> {
  return { name, run: async ({ serializer }) => body(serializer) };
}

/** What every serializer must do. */
export const serializerExam: Exam<SerializerWorld> = [
  serializerCase('what is encoded decodes to the same', (serializer) => {
    for (const value of VALUES) assert.deepEqual(serializer.decode(serializer.encode(value)), value);
    assert.deepEqual(serializer.decode(serializer.encode(VALUES)), VALUES);
  }),

  serializerCase('it can be found by name and content type', ({ name, contentType, contentEncoding }) => {
    assert.match(name, /^[a-z][\w-]*$/);
    assert.match(contentType, /^[a-z]+\/[\w.+-]+$/);
    assert.ok(['utf-8', 'binary'].includes(contentEncoding));
  }),

  serializerCase('what it calls utf-8 is utf-8', (serializer) => {
    if (serializer.contentEncoding !== 'utf-8') return;
    for (const value of VALUES) {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(serializer.encode(value));
      assert.deepEqual(serializer.decode(bytesOf(text)), value);
    }
  }),

  serializerCase(
    'bytes of every kind decode, also from the middle of a buffer, and stay as they are',
    (serializer) => {
      const value = { text: 'é', list: [1, 2] };
      const encoded = serializer.encode(value);
      const buffer = Buffer.concat([Buffer.from('{"x"'), encoded, Buffer.from('"]}')]);
      const slice = buffer.subarray(4, 4 + encoded.length);
      const before = textOf(buffer);
      for (const bytes of [encoded, Buffer.from(encoded), slice, new Uint8Array(slice)])
        assert.deepEqual(serializer.decode(bytes), value);
      assert.equal(textOf(buffer), before);
    },
  ),

  serializerCase(
    'damage is refused with DecodeError, or decodes to something, and nothing else',
    (serializer) => {
      let refused = 0;
      for (const bytes of damaged(serializer)) {
        try {
          serializer.decode(bytes);
        } catch (error) {
          assert.ok(error instanceof DecodeError, `${[...bytes]} threw ${error}`);
          assert.notEqual(error.message, '');
          refused += 1;
        }
      }
      assert.ok(refused > 0, 'it refuses nothing');
    },
  ),

  serializerCase('depth beyond reason is decoded or refused, and does not overflow', (serializer) => {
    if (serializer.contentEncoding !== 'utf-8') return;
    const depth = 20_000;
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const bytes = bytesOf(`${open.repeat(depth)}1${close.repeat(depth)}`);
      try {
        serializer.decode(bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError, `threw ${String(error).slice(0, 80)}`);
      }
    }
  }),

  serializerCase('names that mean something to JavaScript are data', (serializer) => {
    if (serializer.contentEncoding !== 'utf-8') return;
    const decoded = serializer.decode(
      bytesOf('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
    );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.equal((decoded as Record<string, unknown>)['polluted'], undefined);
  }),

  serializerCase('a large document passes', (serializer) => {
    const value = { text: 'é'.repeat(500_000), list: Array.from({ length: 20_000 }, (_, i) => ({ i })) };
    assert.deepEqual(serializer.decode(serializer.encode(value)), value);
  }),
];

export function serializerConformance(harness: {
  readonly name: string;
  readonly serializer: Serializer;
  readonly skip?: Readonly<Record<string, string>>;
}): void {
  const { serializer, ...rest } = harness;
  const fresh = async (): Promise<SerializerWorld> => ({ serializer, dispose: async () => {} });
  const full: Harness<SerializerWorld> = { ...rest, fresh };
  sitExam('serializer', serializerExam, full);
}
