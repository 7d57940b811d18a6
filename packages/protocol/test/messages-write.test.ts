import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  compressorByName,
  EMPTY_EMBED,
  EncodeError,
  json,
  type OutgoingHeaders,
  rawBody,
  readBody,
  readHeaders,
  readKombu,
  rewriteTask,
  type SignatureDict,
  serializerByName,
  type TaskBody,
  type WriteTaskOptions,
  wirePriority,
  writeKombu,
  writeTask,
} from '@lovage/protocol';
import { type Capture, capture, queued, VERSIONS, type Version } from './captures.ts';

type Document = Record<string, unknown> & {
  headers: Record<string, unknown>;
  properties: Record<string, unknown>;
};
type Call = Partial<OutgoingHeaders> & { task: string };

/** A Python message, once parsed; our own, of the same call, made with the ids, times and origin that Python chose. */
function twins(text: string, call: Call, body: TaskBody, options: Partial<WriteTaskOptions> = {}) {
  const python = JSON.parse(text) as Document;
  const { headers, properties } = python;
  const headersOut: OutgoingHeaders = {
    id: headers['id'] as string,
    origin: headers['origin'] as string,
    ...(headers['argsrepr'] !== undefined && { argsrepr: call.argsrepr ?? null }),
    ...call,
  };
  const envelope = writeTask(headersOut, body, {
    serializer: json,
    replyTo: properties['reply_to'] as string,
    ...options,
  });
  const info = properties['delivery_info'] as { exchange: string; routing_key: string };
  const ours = writeKombu(envelope, {
    exchange: info.exchange,
    routingKey: info.routing_key,
    deliveryTag: properties['delivery_tag'] as string,
  });
  return { python, ours: JSON.parse(ours) as Document };
}

/**
 * What may differ: the language, formatting of the body's JSON, headers that 5.2 does not have yet,
 * and properties that only AMQP uses (`expiration`) or that 5.2 and 5.6 leak (`argsrepr`).
 */
function normalised(document: Document, version: Version): unknown {
  const { body, headers, properties, ...rest } = document;
  const { lang: _, ...otherHeaders } = headers;
  if (version === '5.2.6') {
    for (const name of ['replaced_task_nesting', 'stamped_headers', 'stamps']) delete otherHeaders[name];
  }
  const { expiration: _1, argsrepr: _2, kwargsrepr: _3, ...otherProperties } = properties;
  return { ...rest, headers: Object.entries(otherHeaders), properties: Object.entries(otherProperties) };
}

function assertTwins({ python, ours }: ReturnType<typeof twins>, version: Version): void {
  assert.deepEqual(Object.keys(ours), Object.keys(python));
  assert.deepEqual(normalised(ours, version), normalised(python, version));
  const accept = new Set(['application/json', 'application/x-yaml']);
  const [theirBody, ourBody] = [python, ours].map((document) =>
    readBody(readKombu(JSON.stringify(document)).envelope, { accept, maxBytes: 1 << 20 }),
  );
  assert.deepEqual(ourBody, theirBody);
}

const plain = (args: readonly unknown[], kwargs: Record<string, unknown> = {}): TaskBody => ({
  args,
  kwargs,
  embed: EMPTY_EMBED,
});

const signature = (task: string, args: readonly unknown[], immutable = false): SignatureDict => ({
  task,
  args,
  kwargs: {},
  options: {},
  subtask_type: null,
  immutable,
});

for (const version of VERSIONS) {
  describe(`the same calls as Celery ${version}`, () => {
    const first = (name: string, queue?: string): string => {
      const source: Capture = capture(name, version);
      return queued(source, queue)[0]!;
    };
    const time = (name: string, header: 'eta' | 'expires'): string =>
      (JSON.parse(first(name)) as Document).headers[header] as string;

    test('01 a simple call', () => {
      assertTwins(twins(first('01-redis-simple-call'), { task: 'tasks.add' }, plain([2, 3])), version);
    });

    test('01b keyword arguments and unicode', () => {
      const source = capture('01b-redis-call-kwargs-unicode', version);
      const [args, kwargs] = JSON.parse(source.decoded_bodies!['celery']![0]!) as [
        unknown[],
        Record<string, unknown>,
      ];
      const task = (JSON.parse(first(source.name)) as Document).headers['task'] as string;
      assertTwins(twins(first(source.name), { task }, plain(args, kwargs)), version);
    });

    test('02 countdown', () => {
      const eta = time('02-redis-countdown', 'eta');
      assertTwins(twins(first('02-redis-countdown'), { task: 'tasks.add', eta }, plain([2, 3])), version);
    });

    test('02 an eta of ours has six digits and an offset, whatever the millisecond', () => {
      const envelope = writeTask(
        { task: 't', id: '1', origin: 'o', eta: 1_800_000_000_000, expires: 1.5 },
        plain([]),
        {
          serializer: json,
          replyTo: '',
        },
      );
      assert.equal(envelope.headers['eta'], '2027-01-15T08:00:00.000000+00:00');
      assert.equal(envelope.headers['expires'], '1970-01-01T00:00:00.001500+00:00');
    });

    for (const name of ['02b-redis-eta-naive', '02c-redis-eta-aware']) {
      test(`${name}: a text goes through unchanged`, () => {
        assertTwins(
          twins(first(name), { task: 'tasks.add', eta: time(name, 'eta') }, plain([2, 3])),
          version,
        );
      });
    }

    for (const name of ['02d-redis-expires-int', '02e-redis-expires-datetime', '02f-redis-expires-past']) {
      test(name, () => {
        const call = { task: 'tasks.add', expires: time(name, 'expires') };
        assertTwins(twins(first(name), call, plain([2, 3])), version);
      });
    }

    test('03 priorities', () => {
      const source = capture('03-redis-priority', version);
      for (const wire of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
        const queue = wire < 3 ? 'celery' : `celery\x06\x16${wire - (wire % 3)}`;
        const text = queued(source, queue).find((item) => JSON.parse(item).properties.priority === wire)!;
        const options = { priority: 9 - wire };
        assert.equal(wirePriority(options.priority), wire);
        assertTwins(twins(text, { task: 'tasks.add' }, plain([wire, wire]), options), version);
      }
    });

    test('04 options and custom headers', () => {
      const call = {
        task: 'tasks.add',
        shadow: 'shadow.name',
        timelimit: [30, 20.5],
        ignoreResult: true,
        argsrepr: '<hidden>',
        custom: { 'x-custom': 'v', trace: [1, 2] },
      } as const;
      const options = { correlationId: 'corr-1' };
      assertTwins(twins(first('04-redis-options', 'other'), call, plain([2, 3]), options), version);
    });

    test('04b compressed', () => {
      const compression = compressorByName('zlib')!;
      const body = plain(['x'.repeat(50)]);
      const [text] = queued(capture('04b-redis-compression-zlib', version));
      const args = JSON.parse(
        capture('04b-redis-compression-zlib', version).decoded_bodies!['celery']![0]!,
      )[0];
      assertTwins(twins(text!, { task: 'tasks.echo' }, { ...body, args }, { compression }), version);
    });

    test('04d yaml', () => {
      const source = capture('04d-redis-serializer-yaml', version);
      const { envelope } = readKombu(first(source.name));
      const body = readBody(envelope, { accept: new Set(['application/x-yaml']), maxBytes: 1000 });
      const call = { task: readHeaders(envelope).task };
      assertTwins(twins(first(source.name), call, body, { serializer: serializerByName('yaml')! }), version);
    });

    test('06 links', () => {
      const embed = {
        callbacks: [signature('tasks.mul', [10]), signature('tasks.mul', [1, 1], true)],
        errbacks: [
          signature('tasks.err_new', []),
          signature('tasks.err_old', []),
          signature('other.lang.task', ['x']),
        ],
        chain: null,
        chord: null,
      };
      const body = { args: [1, 2], kwargs: {}, embed };
      assertTwins(twins(first('06-redis-link'), { task: 'tasks.add' }, body), version);
    });

    test('12 a task that lives elsewhere', () => {
      // Python shows a list it was given in brackets; ours are always shown as a tuple.
      const call = { task: 'unregistered.name', argsrepr: '[1]' };
      assertTwins(twins(first('12-redis-send-task'), call, plain([1], { a: 2 })), version);
    });
  });
}

test('05 typed values as 5.6 wraps them', () => {
  const values = [new Date('2026-01-02T03:04:05.678Z'), Buffer.from('abc'), new Uint8Array([255, 254])];
  const { body } = writeTask({ task: 't', id: '1', origin: 'o' }, plain(values), {
    serializer: json,
    replyTo: '',
  });
  assert.deepEqual(JSON.parse(Buffer.from(body).toString())[0], [
    { __type__: 'datetime', __value__: '2026-01-02T03:04:05.678000+00:00' },
    { __type__: 'bytes', __value__: 'abc' },
    { __type__: 'base64', __value__: '//4=' },
  ]);
});

test('what cannot be sent is named where it stands', () => {
  const write = (body: TaskBody, custom = {}) =>
    writeTask({ task: 't', id: '1', origin: 'o', custom }, body, { serializer: json, replyTo: '' });
  const message = (pattern: RegExp) => (error: unknown) =>
    error instanceof EncodeError && pattern.test(error.message);
  assert.throws(() => write(plain([1, { when: new Map() }])), message(/^args\[1\]\.when is a Map/));
  assert.throws(() => write(plain([], { file: () => 1 })), message(/^kwargs\.file is a function/));
  assert.throws(() => write(plain([]), { trace: new Date(0) }), message(/^headers\.trace is a Date/));
  assert.throws(() => write(plain([]), { id: 'mine' }), message(/^headers\.id is one of Celery's own/));
});

test('a retry with unchanged arguments keeps the very bytes', () => {
  const [text] = queued(capture('05-redis-json-types', '5.6.3'));
  const { envelope } = readKombu(text!);
  const headers = readHeaders(envelope);
  const again = rewriteTask(
    { ...headers, eta: 0, retries: headers.retries + 1, origin: headers.origin! },
    rawBody(envelope),
    { replyTo: envelope.replyTo! },
  );
  assert.deepEqual(again.body, envelope.body);
  assert.deepEqual(again.headers, {
    ...envelope.headers,
    lang: 'js',
    retries: 1,
    eta: '1970-01-01T00:00:00.000000+00:00',
  });
});

test('typed values in links travel on as they came', () => {
  const wrapped = { __type__: 'decimal', __value__: '1.50' };
  const embed = { ...EMPTY_EMBED, callbacks: [signature('t', [wrapped])] };
  const first = writeTask(
    { task: 't', id: '1', origin: 'o' },
    { args: [wrapped], kwargs: {}, embed },
    { serializer: json, replyTo: '' },
  );
  const read = readBody(first, { accept: new Set(['application/json']), maxBytes: 1000 });
  assert.deepEqual(read.args, ['1.50']);
  assert.deepEqual(read.embed.callbacks![0]!.args, [wrapped]);
});
