import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Envelope } from '@lovage/contracts';
import { EMPTY_EMBED, json, readEnvelope, writeTask } from '@lovage/protocol';
import { toRow } from '../src/broker/rows.ts';

const ID = 'cc5581c5-9a3f-452d-8628-6b3073e6ad49';
const task = writeTask(
  { task: 'shop.pay', id: ID, origin: 'gen7@host' },
  { args: [1], kwargs: {}, embed: EMPTY_EMBED },
  { serializer: json, replyTo: '' },
);
const { correlationId: _, replyTo: __, ...bare } = task;

describe('an envelope in its row', () => {
  const envelopes: Readonly<Record<string, Envelope>> = {
    'of a plain call': task,
    'with a priority': { ...task, priority: 0 },
    'that answers another call': { ...task, correlationId: 'other' },
    'without correlation id and reply queue': bare,
    'that replies': { ...task, replyTo: 'replies' },
    'of another content type': { ...task, contentType: 'application/x-yaml' },
    'of another encoding': { ...task, contentEncoding: 'binary' },
    'whose headers name another task': { ...task, id: 'other' },
    'that is no task': { ...task, headers: { redelivered: true } },
  };
  for (const [what, envelope] of Object.entries(envelopes)) {
    test(`${what} comes back as it was`, () => {
      const row = toRow({ queue: 'celery', envelope });
      assert.deepEqual(readEnvelope(row.envelope, row.body), { envelope });
    });
  }

  test('of a plain call takes a quarter of its JSON', () => {
    assert.ok(toRow({ queue: 'celery', envelope: task }).envelope.length < JSON.stringify(bare).length / 4);
  });

  test('that an earlier version kept whole is read', () => {
    const { body, ...whole } = task;
    assert.deepEqual(readEnvelope(JSON.stringify(whole), body), { envelope: task });
  });

  test('that is none has a fault', () => {
    for (const text of ['{', '7', 'null', '{}', '{"id":"a","own":null}', '{"own":{}}'])
      assert.match((readEnvelope(text, task.body) as { fault: string }).fault, /cannot be read/, text);
  });
});
