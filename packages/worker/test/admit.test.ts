import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery, Envelope } from '@lovage/contracts';
import { readHeaders } from '@lovage/protocol';
import { admit } from '../src/admit.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const iso = (ms: number) => new Date(NOW + ms).toISOString();

const envelope = (headers: Record<string, unknown>): Envelope => ({
  id: 'id-1',
  headers: { task: 'a.task', id: 'id-1', ...headers },
  body: new TextEncoder().encode('[[], {}, null]'),
  contentType: 'application/json',
  contentEncoding: 'utf-8',
});

function decide(headers: Record<string, unknown>, house: { revoked?: string; deliveries?: number } = {}) {
  const sent = envelope(headers);
  const delivery: Delivery = {
    queue: 'celery',
    envelope: sent,
    deliveries: house.deliveries ?? 1,
    redelivered: false,
    receipt: 'r1',
  };
  return admit(readHeaders(sent), delivery, {
    now: NOW,
    maxDeliveries: 3,
    knows: (task) => task === 'a.task',
    revoked: ({ id }) => id === house.revoked,
  });
}

test('an ordinary message runs', () => {
  assert.deepEqual(decide({}), { kind: 'run' });
  assert.deepEqual(decide({ eta: iso(-1), expires: iso(1) }), { kind: 'run' });
});

test('a message that is not due is parked until it is', () => {
  assert.deepEqual(decide({ eta: iso(5000) }), { kind: 'park', untilMs: NOW + 5000 });
});

test('a message whose time is over is discarded, even one that is not due yet', () => {
  assert.deepEqual(decide({ expires: iso(-1) }), { kind: 'discard', reason: 'expired' });
  assert.deepEqual(decide({ expires: iso(-1), eta: iso(1000) }), { kind: 'discard', reason: 'expired' });
});

test('a revoked task is discarded', () => {
  assert.deepEqual(decide({}, { revoked: 'id-1' }), { kind: 'discard', reason: 'revoked' });
});

test('the last delivery allowed runs, the next is poison', () => {
  assert.deepEqual(decide({}, { deliveries: 3 }), { kind: 'run' });
  assert.deepEqual(decide({}, { deliveries: 4 }), { kind: 'poison' });
});

test('an unknown task is unknown, whatever else is wrong with it', () => {
  assert.deepEqual(decide({ task: 'b.task', expires: iso(-1) }), { kind: 'unknown' });
});
