import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError, type Envelope } from '@lovage/contracts';
import {
  ContentDisallowed,
  InvalidTaskError,
  json,
  markRedelivered,
  readBody,
  readControlReply,
  readControlRequest,
  readHeaders,
  readKombu,
  readMeta,
  saferepr,
  stringifyJson,
} from '@lovage/protocol';
import fc from 'fast-check';

const ACCEPT = new Set(['application/json', 'application/x-yaml', 'text/plain']);

/** Runs it; only what a decoder promises to throw may come out of it. */
function refuses(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    const known =
      error instanceof DecodeError || error instanceof InvalidTaskError || error instanceof ContentDisallowed;
    if (!known) throw error;
  }
}

const HEADER_NAMES = [
  'task',
  'id',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'ignore_result',
  'stamped_headers',
  'stamps',
  'compression',
  'shadow',
  '__proto__',
  'redelivered',
  'lovage_deliveries',
  'taskset',
  'args',
  'kwargs',
  'callbacks',
  'chord',
  '__type__',
  '__value__',
];

const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.constantFrom(
      't',
      '2026-01-01',
      'application/x-gzip',
      'application/x-bz2',
      'datetime',
      'uuid',
      'bytes',
      -1,
      2 ** 60,
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...HEADER_NAMES), fc.string()), tie('value'), { maxKeys: 5 }),
  ),
})).value;

const headers = fc.dictionary(fc.constantFrom(...HEADER_NAMES), anyJson, { maxKeys: 12 });

const envelopes: fc.Arbitrary<Envelope> = fc.record({
  id: fc.string(),
  headers: fc.oneof(
    headers,
    headers.map((some) => ({ ...some, task: 't', id: '1' })),
  ),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    anyJson.map((value) => Buffer.from(JSON.stringify(value))),
  ),
  contentType: fc.constantFrom(
    'application/json',
    'application/x-yaml',
    'text/plain',
    'application/x-python-serialize',
    '',
  ),
  contentEncoding: fc.constantFrom('utf-8', 'ascii', 'latin-1', 'binary', 'utf-16'),
});

test('task messages of any content', () => {
  fc.assert(
    fc.property(envelopes, (envelope) => {
      refuses(() => readHeaders(envelope));
      refuses(() => readBody(envelope, { accept: ACCEPT, maxBytes: 1000 }));
    }),
    { numRuns: 2000 },
  );
});

test('kombu texts, results and control documents of any content', () => {
  const texts = fc.oneof(
    fc.string(),
    anyJson.map((value) => JSON.stringify(value)),
    fc.record({ body: anyJson, headers: anyJson, properties: anyJson }).map((value) => JSON.stringify(value)),
    fc
      .record({ status: anyJson, result: anyJson, task_id: fc.string(), date_done: anyJson })
      .map((value) => JSON.stringify(value)),
    fc
      .record({ method: fc.string(), arguments: anyJson, reply_to: anyJson, ticket: anyJson })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const body = Buffer.from(text);
      refuses(() => readKombu(text));
      refuses(() => markRedelivered(text, 2));
      refuses(() => readMeta(body));
      refuses(() => readControlRequest({ topic: '', headers: {}, body }));
      refuses(() => readControlReply({ topic: '', headers: {}, body }));
    }),
    { numRuns: 2000 },
  );
});

test('damage at any byte of a real message', () => {
  const body = Buffer.from(
    '[[1,{"__type__":"datetime","__value__":"2026-01-02T03:04:05Z"}],{},{"chain":[{"task":"t"}]}]',
  );
  const envelope = {
    id: '1',
    headers: { task: 't', id: '1' },
    body,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  };
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.nat(255), (at, byte) => {
      const damaged = Buffer.from(body);
      damaged[at] = byte;
      refuses(() => readBody({ ...envelope, body: damaged }, { accept: ACCEPT, maxBytes: 1000 }));
    }),
    { numRuns: 2000 },
  );
});

test('what is written is read as what it was', () => {
  const value = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: false, maxDepth: 4 });
  fc.assert(
    fc.property(value, (original) => {
      let text: string;
      try {
        text = stringifyJson(original);
      } catch (error) {
        assert.equal((error as Error).name, 'EncodeError');
        return;
      }
      assert.equal(stringifyJson(json.decode(Buffer.from(text))), text);
    }),
    { numRuns: 2000 },
  );
});

test('anything at all has a repr, near its limit', () => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
      fc.nat(100),
      (value, maxLength) => {
        const text = saferepr(value, { maxLength });
        assert.ok(text.length <= maxLength + 40, text);
      },
    ),
    { numRuns: 1000 },
  );
});
