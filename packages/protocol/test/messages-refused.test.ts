import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import {
  ContentDisallowed,
  InvalidTaskError,
  json,
  parseJson,
  readBody,
  readHeaders,
  readKombu,
} from '@lovage/protocol';
import { type Capture, capture } from './captures.ts';

const OPTIONS = { accept: new Set(['application/json']), maxBytes: 1 << 20 };

test('the smallest messages that Celery takes', () => {
  const messages = new Map<string, ReturnType<typeof readKombu>>();
  for (const text of heldMessages(capture('42-exec-minimal-messages', '5.2.6'))) {
    const message = readKombu(text);
    messages.set(message.envelope.id, message);
  }
  assert.deepEqual([...messages.keys()], ['min-1', 'min-2', 'min-3']);
  for (const { envelope } of messages.values()) {
    const headers = readHeaders(envelope);
    assert.equal(headers.retries, 0);
    assert.equal(headers.ignoreResult, null);
    assert.equal(headers.rootId, envelope.id);
    assert.deepEqual(readBody(envelope, OPTIONS).args, [2, 3]);
  }
});

test('messages that Celery refuses', () => {
  const [undecodable, unknown, pickled, badEta] = heldMessages(
    capture('41-exec-invalid-messages', '5.2.6'),
  ).map((text) => readKombu(text).envelope);
  assert.throws(() => readBody(undecodable!, OPTIONS), DecodeError);
  assert.throws(() => readHeaders(unknown!), /no task message/);
  assert.throws(() => readBody(pickled!, OPTIONS), ContentDisallowed);
  assert.throws(
    () => readHeaders(badEta!),
    (error) => error instanceof InvalidTaskError && error.field === 'eta' && /garbage/.test(error.message),
  );
});

test('a body of protocol 1 under headers of protocol 2', () => {
  const hybrid = {
    id: 'h-1',
    headers: { task: 'tasks.add', id: 'h-1' },
    body: json.encode({ args: [1], kwargs: { a: 2 }, errbacks: [{ task: 'e' }] }),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  };
  const body = readBody(hybrid, OPTIONS);
  assert.deepEqual([body.args, body.kwargs, body.embed.errbacks![0]!.task], [[1], { a: 2 }, 'e']);
});

/** The messages that a worker noted as its own, in the order it took them. */
function heldMessages(source: Capture): string[] {
  const { commands } = source.raw as { commands: readonly [number, number, readonly string[]][] };
  return commands
    .map(([, , argv]) => argv)
    .filter(([name, key]) => name === 'HSET' && key === 'unacked')
    .map((argv) => JSON.stringify((parseJson(argv[3]!) as unknown[])[0]));
}

test('headers and bodies of the wrong shape are named', () => {
  const envelope = (headers: object, body: unknown = [[], {}, {}]) => ({
    id: '1',
    headers: { task: 't', id: '1', ...headers },
    body: json.encode(body),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  });
  const field = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof InvalidTaskError) return error.field;
      throw error;
    }
    return 'nothing';
  };
  const headers: readonly (readonly [string, unknown])[] = [
    ['task', 5],
    ['id', null],
    ['eta', 'soon'],
    ['expires', 5],
    ['group', 1],
    ['group_index', -1],
    ['retries', '1'],
    ['retries', 2n ** 64n],
    ['timelimit', 30],
    ['timelimit', ['a', null]],
    ['root_id', {}],
    ['ignore_result', 'yes'],
    ['stamped_headers', 'a'],
    ['stamps', []],
    ['compression', 1],
  ];
  for (const [name, value] of headers)
    assert.equal(
      field(() => readHeaders(envelope({ [name]: value }))),
      name,
    );
  const bodies: readonly (readonly [string, unknown])[] = [
    ['body', 5],
    ['body', [[], {}]],
    ['args', [{}, {}, {}]],
    ['kwargs', [[], [], {}]],
    ['embed', [[], {}, 5]],
    ['callbacks[0]', [[], {}, { callbacks: [{}] }]],
    ['chain[1]', [[], {}, { chain: [{ task: 'a' }, 5] }]],
    ['chord', [[], {}, { chord: { task: 't', args: 5 } }]],
  ];
  for (const [name, body] of bodies)
    assert.equal(
      field(() => readBody(envelope({}, body), OPTIONS)),
      name,
    );
});

test('display headers that are no text are left out, zero limits count as none', () => {
  const headers = readHeaders({
    id: '1',
    headers: { task: 't', id: '1', argsrepr: [1], origin: 5, lang: {}, timelimit: [0, 5], root_id: '' },
    body: new Uint8Array(),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  });
  assert.deepEqual(
    [headers.argsrepr, headers.origin, headers.lang, headers.timelimit, headers.rootId],
    [null, null, null, [null, 5], '1'],
  );
});

test("custom headers are the sender's alone, and none reaches a prototype", () => {
  const text =
    '{"task":"t","id":"1","x":1,"redelivered":true,"lovage_deliveries":2,"__proto__":{"polluted":true}}';
  const { custom } = readHeaders({
    id: '1',
    headers: parseJson(text) as Record<string, unknown>,
    body: new Uint8Array(),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  });
  assert.deepEqual(Object.keys(custom), ['x', '__proto__']);
  assert.equal(Object.getPrototypeOf(custom), Object.prototype);
  assert.equal(custom['polluted'], undefined);
});
