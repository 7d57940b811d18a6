import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ContentDisallowed,
  markRedelivered,
  readBody,
  readHeaders,
  readKombu,
  type TaskHeaders,
  writeKombu,
} from '@lovage/protocol';
import { type Capture, capture, captures, kombuTexts, queued, VERSIONS } from './captures.ts';

const ACCEPT = new Set(['application/json', 'application/x-yaml']);
const OPTIONS = { accept: ACCEPT, maxBytes: 1 << 20 };

function only(capture: Capture, queue = 'celery') {
  const [text] = queued(capture, queue);
  const message = readKombu(text!);
  return {
    text: text!,
    message,
    headers: readHeaders(message.envelope),
    body: () => readBody(message.envelope, OPTIONS),
  };
}

for (const version of VERSIONS) {
  describe(`messages of Celery ${version}`, () => {
    test('every task message of every capture decodes', () => {
      let count = 0;
      for (const source of captures(version, '0', '1', '2', '3', '9')) {
        if (source.name.startsWith('04e')) continue;
        for (const text of kombuTexts(source)) {
          const { envelope, exchange } = readKombu(text);
          if (exchange === 'celeryev' || exchange.endsWith('pidbox')) continue;
          const headers = readHeaders(envelope);
          const body = readBody(envelope, OPTIONS);
          assert.equal(
            headers.id,
            envelope.correlationId === 'corr-1' ? 'my-fixed-task-id' : envelope.correlationId,
            source.name,
          );
          assert.ok(headers.task.length > 0);
          assert.ok(Array.isArray(body.args), source.name);
          count++;
        }
      }
      assert.ok(count > 100, `only ${count} messages were found`);
    });

    test('a simple call', () => {
      const { message, headers, body } = only(capture('01-redis-simple-call', version));
      assert.equal(message.exchange, '');
      assert.equal(message.routingKey, 'celery');
      assert.match(message.deliveryTag, /^[0-9a-f-]{36}$/);
      assert.equal(message.redelivered, false);
      assert.equal(message.deliveries, 1);
      const { envelope } = message;
      const id = envelope.id;
      assert.equal(envelope.contentType, 'application/json');
      assert.equal(envelope.contentEncoding, 'utf-8');
      assert.equal(envelope.priority, undefined);
      assert.equal(envelope.correlationId, id);
      assert.match(envelope.replyTo!, /^[0-9a-f-]{36}$/);
      const { origin, ...rest } = headers;
      assert.match(origin!, /^gen\d+@host1$/);
      assert.deepEqual(rest, {
        task: 'tasks.add',
        id,
        lang: 'py',
        shadow: null,
        etaText: null,
        expiresText: null,
        group: null,
        groupIndex: null,
        retries: 0,
        timelimit: [null, null],
        rootId: id,
        parentId: null,
        argsrepr: '(2, 3)',
        kwargsrepr: '{}',
        ignoreResult: false,
        replacedTaskNesting: 0,
        stampedHeaders: null,
        stamps: {},
        custom: {},
        compression: null,
        protocol: 2,
      } satisfies Omit<TaskHeaders, 'origin'>);
      assert.deepEqual(body(), {
        args: [2, 3],
        kwargs: {},
        embed: { callbacks: null, errbacks: null, chain: null, chord: null },
      });
    });

    test('keyword arguments and unicode', () => {
      const source = capture('01b-redis-call-kwargs-unicode', version);
      const [args, kwargs] = JSON.parse(source.decoded_bodies!['celery']![0]!) as [unknown[], object];
      const decoded = only(source).body();
      assert.deepEqual(decoded.args, args);
      assert.deepEqual(decoded.kwargs, kwargs);
      assert.ok(Object.keys(kwargs).length > 0);
    });

    test('eta and expires, with and without offset', () => {
      // The texts are finer than a millisecond; the call must not be early by what is cut off.
      const ms = (text: string) => Date.parse(text) + 1;
      const countdown = only(capture('02-redis-countdown', version)).headers;
      assert.match(countdown.etaText!, /\.\d{6}\+00:00$/);
      assert.equal(countdown.eta, ms(countdown.etaText!));
      const naive = only(capture('02b-redis-eta-naive', version)).message.envelope;
      const { eta: utc, etaText } = readHeaders(naive);
      assert.equal(etaText, '2030-01-02T03:04:05');
      assert.equal(utc, Date.parse(`${etaText}Z`));
      assert.equal(readHeaders(naive, { timezone: 'Asia/Tokyo' }).eta, utc! - 9 * 3_600_000);
      const aware = only(capture('02c-redis-eta-aware', version)).headers;
      assert.equal(aware.etaText, '2030-01-02T03:04:05.123456+02:00');
      assert.equal(aware.eta, ms('2030-01-02T01:04:05.123Z'));
      const expires = only(capture('02e-redis-expires-datetime', version)).headers;
      assert.equal(expires.expires, Date.UTC(2030, 0, 2, 3, 4, 5));
      assert.equal(expires.eta, undefined);
    });

    test('priorities: on Redis the lower number is the more urgent, and 0 is none', () => {
      const source = capture('03-redis-priority', version);
      const read = new Map<unknown, number | undefined>();
      for (const text of kombuTexts(source)) {
        const { envelope } = readKombu(text);
        read.set(readBody(envelope, OPTIONS).args[0], envelope.priority);
      }
      assert.deepEqual(
        [null, 0, 1, 5, 9, 255].map((wire) => read.get(wire)),
        [undefined, undefined, 8, 4, 0, 0],
      );
    });

    test('options, and headers of the sender', () => {
      const { headers, message } = only(capture('04-redis-options', version), 'other');
      assert.deepEqual(headers.custom, { 'x-custom': 'v', trace: [1, 2] });
      assert.deepEqual(headers.timelimit, [30, 20.5]);
      assert.equal(headers.shadow, 'shadow.name');
      assert.equal(headers.ignoreResult, true);
      assert.equal(headers.argsrepr, '<hidden>');
      assert.equal(message.envelope.correlationId, 'corr-1');
      assert.equal(message.routingKey, 'other');
    });

    test('compressed with zlib and with bzip2', () => {
      for (const name of ['04b-redis-compression-zlib', '04c-redis-compression-bzip2']) {
        const source = capture(name, version);
        const [args] = JSON.parse(source.decoded_bodies!['celery']![0]!) as [unknown[]];
        assert.deepEqual(only(source).body().args, args, name);
        const { envelope } = only(source).message;
        assert.throws(
          () => readBody(envelope, { accept: ACCEPT, maxBytes: 120 }),
          /larger than 120 bytes/,
          name,
        );
      }
    });

    test('yaml, where it is accepted', () => {
      const { message, body } = only(capture('04d-redis-serializer-yaml', version));
      assert.deepEqual(body().args.length > 0, true);
      assert.throws(
        () => readBody(message.envelope, { ...OPTIONS, accept: new Set(['application/json']) }),
        new ContentDisallowed(
          'Refusing to deserialize untrusted content of type yaml (application/x-yaml)',
          'application/x-yaml',
        ),
      );
    });

    test('pickle is refused even where it is accepted', () => {
      const { message } = only(capture('04e-redis-serializer-pickle', version));
      const accept = new Set([...ACCEPT, 'application/x-python-serialize']);
      assert.throws(
        () => readBody(message.envelope, { ...OPTIONS, accept }),
        new ContentDisallowed(
          'Refusing to deserialize untrusted content of type pickle (application/x-python-serialize)',
          'application/x-python-serialize',
        ),
      );
    });

    test('links', () => {
      const { embed } = only(capture('06-redis-link', version)).body();
      assert.deepEqual(
        embed.callbacks!.map(({ task, args, immutable }) => [task, args, immutable]),
        [
          ['tasks.mul', [10], false],
          ['tasks.mul', [1, 1], true],
        ],
      );
      assert.deepEqual(
        embed.errbacks!.map(({ task }) => task),
        ['tasks.err_new', 'tasks.err_old', 'other.lang.task'],
      );
    });

    test('a chain carries its remaining steps in reverse, a chord its body', () => {
      const chain = only(capture('07-redis-chain3', version)).body().embed.chain!;
      assert.deepEqual(
        chain.map(({ args }) => args),
        [[4], [3]],
      );
      const members = queued(capture('09-redis-chord3', version)).map(readKombu);
      assert.equal(members.length, 3);
      for (const { envelope } of members) {
        assert.equal(readBody(envelope, OPTIONS).embed.chord!.task, 'tasks.tsum');
        assert.equal(typeof readHeaders(envelope).groupIndex, 'number');
        assert.equal(typeof readHeaders(envelope).group, 'string');
      }
    });

    test('protocol 1', () => {
      const { headers, body } = only(capture('13-redis-protocol1', version));
      assert.equal(headers.protocol, 1);
      assert.equal(headers.task, 'tasks.add');
      assert.equal(headers.rootId, headers.id);
      assert.equal(headers.expires! - headers.eta!, 55_000);
      assert.deepEqual(body().args, [2, 3]);
      const linked = only(capture('13b-redis-protocol1-chain', version)).body();
      assert.ok(linked.embed.callbacks!.length > 0);
      assert.equal(linked.embed.chain, null);
    });

    test('values marked as redelivered keep every other byte of meaning', () => {
      for (const source of captures(version, '0', '1')) {
        for (const text of kombuTexts(source)) {
          const marked = readKombu(markRedelivered(text, 3));
          const plain = readKombu(text);
          assert.equal(marked.redelivered, true);
          assert.equal(marked.deliveries, 3);
          assert.deepEqual(
            { ...marked.envelope, headers: undefined },
            { ...plain.envelope, headers: undefined },
          );
          assert.deepEqual(marked.envelope.headers, {
            ...plain.envelope.headers,
            redelivered: true,
            lovage_deliveries: 3,
          });
        }
      }
    });

    test('what we write again, we read alike', () => {
      for (const source of captures(version, '0', '1')) {
        for (const text of kombuTexts(source)) {
          const message = readKombu(text);
          assert.deepEqual(readKombu(writeKombu(message.envelope, message)), message, source.name);
        }
      }
    });
  });
}

test('5.2 sends typed values as texts', () => {
  const { body } = only(capture('05-redis-json-types', '5.2.6'));
  const { args } = body();
  assert.equal(args[0], '2026-01-02T03:04:05.678901');
  assert.ok(Number.isNaN(args[9]));
  assert.equal(args[10], Number.POSITIVE_INFINITY);
});

test('5.6 sends typed values in wrappers', () => {
  assert.deepEqual(only(capture('05-redis-json-types', '5.6.3')).body().args, [
    new Date('2026-01-02T03:04:05.678Z'),
    new Date('2026-01-02T03:04:05Z'),
    new Date('2026-01-01T21:34:05Z'),
    '2026-01-02',
    '03:04:05',
    '1.50',
    '12345678-1234-5678-1234-567812345678',
    { custom: 1 },
    [1, 2],
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ]);
  assert.deepEqual(only(capture('05b-redis-json-bytes', '5.6.3')).body().args, [
    new Uint8Array([97, 98, 99]),
    new Uint8Array([255, 254]),
  ]);
});

test('stamps', () => {
  const texts = kombuTexts(capture('92-stamping', '5.6.3'));
  const stamped = texts
    .map((text) => readHeaders(readKombu(text).envelope))
    .find(({ stampedHeaders }) => stampedHeaders);
  assert.ok(stamped);
  assert.deepEqual(new Set(Object.keys(stamped.stamps)), new Set(stamped.stampedHeaders));
});
