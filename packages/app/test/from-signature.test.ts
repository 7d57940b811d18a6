import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignatureCall } from '@lovage/app';
import { App, messageFromSignature } from '@lovage/app';
import type { SignatureDict } from '@lovage/protocol';
import { InvalidTaskError, readBody, readHeaders } from '@lovage/protocol';

const app = new App('signatures', {
  environment: {},
  brokerUrl: 'memory://',
  taskRoutes: { 'routed.*': 'routed' },
});
app.task({ name: 't.own', queue: 'own', priority: 4 }, () => 1);

function send(signature: Partial<SignatureDict>, call: Partial<SignatureCall> = {}) {
  const whole = {
    task: 't.x',
    args: [],
    kwargs: {},
    options: {},
    subtask_type: null,
    immutable: false,
    ...signature,
  };
  const message = messageFromSignature(app, whole, { prependArgs: [], ...call });
  const { envelope } = message;
  const body = readBody(envelope, { accept: new Set(['application/json']), maxBytes: 1e6 });
  return { ...message, headers: readHeaders(envelope), body };
}

test('what ran before is put in front, unless the signature is immutable', () => {
  assert.deepEqual(send({ args: [2] }, { prependArgs: [1] }).body.args, [1, 2]);
  assert.deepEqual(send({ args: [2], immutable: true }, { prependArgs: [1] }).body.args, [2]);
});

test('parent, root and the rest of the chain are those of the call', () => {
  const rest: SignatureDict[] = [
    {
      task: 't.last',
      args: [],
      kwargs: {},
      options: { task_id: 'last' },
      subtask_type: null,
      immutable: false,
    },
  ];
  const { headers, body } = send({ options: { task_id: 'me' } }, { parentId: 'p', rootId: 'r', chain: rest });
  assert.deepEqual([headers.id, headers.parentId, headers.rootId], ['me', 'p', 'r']);
  assert.deepEqual(body.embed.chain, rest);
  assert.equal(send({}).headers.rootId.length, 36);
});

test("Celery's options become those of the message; what only Python understands is left out", () => {
  const errback = { task: 't.err' };
  const { queue, envelope, headers, body, notBefore } = send({
    options: {
      queue: 'mail',
      priority: 12,
      countdown: 60,
      expires: '2030-01-02T03:04:05+00:00',
      reply_to: 'there',
      group_id: 'g',
      group_index: 2,
      chord: { task: 't.body', kwargs: null },
      link_error: errback,
      time_limit: 9,
      headers: { tenant: 'a' },
      shadow: null,
      producer: 'a Python object',
      publisher: {},
    },
  });
  assert.deepEqual([queue, envelope.priority, envelope.replyTo], ['mail', 9, 'there']);
  assert.ok(notBefore! > Date.now());
  assert.equal(headers.expiresText, '2030-01-02T03:04:05+00:00');
  assert.deepEqual([headers.group, headers.groupIndex, headers.timelimit], ['g', 2, [9, null]]);
  assert.deepEqual(headers.custom, { tenant: 'a' });
  assert.equal(body.embed.chord?.task, 't.body');
  assert.equal(body.embed.errbacks?.[0]?.task, 't.err');
});

test('without a queue of its own it goes where its task or its route sends it', () => {
  const own = send({ task: 't.own' });
  assert.deepEqual([own.queue, own.envelope.priority], ['own', 4]);
  assert.equal(send({ task: 'routed.somewhere' }).queue, 'routed');
  assert.equal(send({}).queue, 'celery');
});

test('typed values in its arguments arrive as what they are', () => {
  const at = { __type__: 'datetime', __value__: '2026-01-02T03:04:05.000000+00:00' };
  assert.deepEqual(send({ args: [at] }, { prependArgs: [new Date(5)] }).body.args, [
    new Date(5),
    new Date('2026-01-02T03:04:05Z'),
  ]);
});

test('a group cannot be sent as one message', () => {
  assert.throws(() => send({ task: 'celery.group', subtask_type: 'group' }), InvalidTaskError);
});
