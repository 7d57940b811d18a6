import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '@lovage/contracts';
import { compressorByContentType, compressorByName, json, jsonPlain } from '@lovage/protocol';
import type { Call } from './conclude-scene.ts';
import { concluded, ID, messageOf, meta, NOW, opened, record, retry, signature } from './conclude-scene.ts';

const CALL: Call = {
  args: [1, { when: new Date(0) }],
  kwargs: { k: 'é' },
  embed: {
    callbacks: [signature('t.after')],
    errbacks: [signature('t.alarm')],
    chain: [signature('t.step', { options: { task_id: 'step-1' } })],
    chord: signature('t.sum'),
  },
  headers: {
    rootId: 'root-1',
    parentId: 'parent-1',
    group: 'g-1',
    groupIndex: 3,
    retries: 1,
    shadow: 'shown',
    timelimit: [30, 20],
    expires: '2099-01-01T00:00:00+00:00',
    stampedHeaders: ['stamp'],
    stamps: { stamp: ['s-1'] },
    custom: { x_trace: 't-1', stamp: ['s-1'] },
  },
  priority: 6,
};

function retried(call: Call, change: Parameters<typeof retry>[0] = {}) {
  const conclusion = concluded(retry(change), call);
  assert.equal(conclusion.followUps.length, 1);
  return { conclusion, message: conclusion.followUps[0]!, before: call.envelope ?? messageOf(call) };
}

test('a retry is the same message once more: only retries and eta differ', () => {
  const { conclusion, message, before } = retried(CALL, { countdownS: 90 });
  const { eta, retries, ...rest } = message.envelope.headers;
  const { eta: noEta, retries: once, ...original } = before.headers;
  assert.deepEqual([once, retries], [1, 2]);
  assert.deepEqual([noEta, eta], [null, '2026-01-02T03:05:35.000000+00:00']);
  assert.deepEqual(rest, original);
  assert.deepEqual(Buffer.from(message.envelope.body), Buffer.from(before.body), 'the very bytes');
  const { priority, replyTo, correlationId, id } = message.envelope;
  assert.deepEqual(
    { priority, replyTo, correlationId, id },
    { priority: 6, replyTo: 'oid-1', correlationId: ID, id: ID },
  );
  assert.deepEqual([message.queue, message.notBefore], ['celery', NOW + 90_000]);
  assert.equal(conclusion.settlement, 'done');
});

test('a retry now has no eta, and is hidden from nobody', () => {
  const { message, conclusion } = retried(CALL);
  assert.equal(message.notBefore, undefined);
  assert.equal(message.envelope.headers['eta'], null);
  assert.equal(conclusion.report.text, 'Retry now');
});

test('a retry of a message without priority has none', () => {
  assert.equal(retried({}).message.envelope.priority, undefined);
});

test('a retry is a state with the error it is for, and is not final', () => {
  const { conclusion } = retried(CALL, { error: new TypeError('not yet'), countdownS: 1 });
  assert.equal(record(conclusion).final, false);
  const { status, result, traceback, dateDone } = meta(conclusion);
  assert.deepEqual(
    [status, result, dateDone],
    ['RETRY', { type: 'TypeError', message: ['not yet'], module: 'builtins' }, null],
  );
  assert.match(traceback!, /TypeError: not yet/);
  assert.equal(conclusion.report.text, "Retry in 1s: TypeError('not yet')");
});

test('a retry without an error is a state all the same', () => {
  const { status, result, traceback } = meta(retried(CALL).conclusion);
  assert.deepEqual([status, result, traceback], ['RETRY', null, null]);
});

test('a retry counts towards no chord, and calls neither callback nor errback', () => {
  const { conclusion } = retried(CALL, { error: new Error('no') });
  assert.equal(conclusion.chords?.[0], undefined);
});

test('new arguments go into a new body, with all that follows in it', () => {
  const { message } = retried(CALL, { args: [2], kwargs: { k: 'z' } });
  const { args, kwargs, embed, headers } = opened(message.envelope);
  assert.deepEqual([args, kwargs], [[2], { k: 'z' }]);
  assert.deepEqual(embed, CALL.embed);
  assert.deepEqual([headers.argsrepr, headers.kwargsrepr], ['(2,)', "{'k': 'z'}"]);
  assert.deepEqual([headers.rootId, headers.parentId, headers.retries], ['root-1', 'parent-1', 2]);
  assert.deepEqual(headers.custom, { x_trace: 't-1', stamp: ['s-1'] });
  const argsOnly = retried(CALL, { args: [2] }).message;
  assert.deepEqual(opened(argsOnly.envelope).kwargs, { k: 'é' });
});

test('a compressed body stays compressed, new arguments or not', () => {
  for (const name of ['gzip', 'zstd', 'brotli']) {
    const call = { ...CALL, compression: compressorByName(name)! };
    const same = retried(call);
    assert.deepEqual(Buffer.from(same.message.envelope.body), Buffer.from(same.before.body));
    for (const { message } of [same, retried(call, { args: [2] })]) {
      const { compression } = message.envelope.headers;
      assert.equal(compressorByContentType(String(compression))?.contentType, call.compression.contentType);
      assert.equal(opened(message.envelope).kwargs['k'], 'é');
    }
  }
});

test('a new body is written as results are: dates are text where lovageJsonTyped is off', () => {
  const args = [new Date(0)];
  const text = (call: Call) => new TextDecoder().decode(retried(call, { args }).message.envelope.body);
  assert.match(text({ serializer: json }), /__type__/);
  assert.doesNotMatch(text({ serializer: jsonPlain, conf: { lovageJsonTyped: false } }), /__type__/);
});

test('a message of protocol 1 goes on as one of protocol 2', () => {
  const body = {
    task: 't.fn',
    id: ID,
    args: [1, 2],
    kwargs: { k: 3 },
    group: 'g-1',
    retries: 1,
    eta: null,
    expires: null,
    utc: true,
    callbacks: null,
    errbacks: [signature('t.alarm')],
    timelimit: [30, null],
    taskset: null,
    chord: null,
  };
  const envelope: Envelope = {
    id: ID,
    headers: {},
    body: new TextEncoder().encode(JSON.stringify(body)),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  };
  const { headers, args, kwargs, embed } = opened(retried({ envelope }).message.envelope);
  assert.equal(headers.protocol, 2);
  assert.deepEqual([headers.id, headers.task, headers.retries, headers.group], [ID, 't.fn', 2, 'g-1']);
  assert.deepEqual([args, kwargs, headers.timelimit], [[1, 2], { k: 3 }, [30, null]]);
  assert.deepEqual(
    embed.errbacks?.map(({ task }) => task),
    ['t.alarm'],
  );
});

test('an ignored result has no RETRY state, and is retried', () => {
  const { conclusion } = retried({ headers: { ignoreResult: true } });
  assert.deepEqual(conclusion.records, []);
});
